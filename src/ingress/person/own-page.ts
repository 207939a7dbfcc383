/** An open page: its user, its purpose, and what its forms may do. */
import type { Request } from 'express'
import { isAmbiguous } from '../../choices/namespaces.ts'
import type { IdentityKey } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import type { LinkPurpose } from '../../subjects/links.ts'
import type { IngressDeps } from '../deps.ts'
import type { User } from '../user.ts'
import { requireRunning } from './context.ts'
import type { Fields } from './forms.ts'
import type { OpenPage, Sessions } from './session.ts'

/** An open page and its user. */
export interface Own {
  readonly open: OpenPage
  readonly user: User | undefined
  readonly keys: readonly IdentityKey[]
  readonly purpose: LinkPurpose | 'all' | 'opt_out'
}

export interface OwnPages {
  /** Undefined if its app no longer exists. */
  ownOf(open: OpenPage): Own | undefined
  /** Throws `ERR_FORM` if no page is open, or only for another purpose. */
  requireOpen(request: Request, purpose: LinkPurpose): Own
  /** The same for a form, which must be the page's own. */
  requireForm(request: Request, fields: Fields, purpose: LinkPurpose): Own
}

export function createOwnPages(
  deps: Pick<IngressDeps, 'choices' | 'revisions' | 'stopping'>,
  sessions: Sessions,
): OwnPages {
  const { choices, revisions } = deps
  const ownOf = (open: OpenPage): Own | undefined => {
    const { person } = open
    if (person.kind === 'link') return { open, user: undefined, keys: person.keys, purpose: person.purpose }
    const { apps } = revisions.current()
    const app = apps.find(({ id }) => id === person.app)
    if (app === undefined) return undefined
    const ambiguous = isAmbiguous(apps, app)
    const user: User = { app, identity: person.identity, since: person.since, ambiguous }
    return { open, user, keys: choices.keysFor(person.identity), purpose: ambiguous ? 'opt_out' : 'all' }
  }
  const requireOpen = (request: Request, purpose: LinkPurpose): Own => {
    const open = sessions.of(request)
    const own = open === undefined ? undefined : ownOf(open)
    if (own === undefined) throw new GatewayError('ERR_FORM')
    if (own.purpose === 'opt_out' && purpose !== 'choices') throw new GatewayError('ERR_NAMESPACE_SHARED')
    if (own.purpose !== 'all' && own.purpose !== 'opt_out' && own.purpose !== purpose)
      throw new GatewayError('ERR_FORM')
    return own
  }
  return {
    ownOf,
    requireOpen,
    requireForm: (request, fields, purpose) => {
      requireRunning(deps)
      const own = requireOpen(request, purpose)
      sessions.requireMark(request, own.open, fields.get('mark'))
      return own
    },
  }
}
