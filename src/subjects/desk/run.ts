/** Carries out a case. A destructive one is requested by one member of staff and run by another. */
import { type EpochMs, type IdentityKey, never } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ErasureAnswer } from '../rights.ts'
import { type Case, destroys, type RunOptions, requireOpen, requireWho, type Step } from './case.ts'
import { dayOf } from './clocks.ts'
import type { DeskParts } from './parts.ts'
import type { Restrictions } from './restrictions.ts'

/** Lifetime of the link that answers an access request. */
const LINK_DAYS = 14

/** The result of running a case. */
export type Ran =
  /** A second member of staff must run it too. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'erased'; readonly erased: ErasureAnswer }
  /** A link to the subject's page. */
  | { readonly kind: 'link'; readonly token: string; readonly until: EpochMs }
  /** In force since the case was opened; stated again. */
  | { readonly kind: 'restricted' }
  /** Nothing stored can be corrected; the recipients must be asked. */
  | { readonly kind: 'recipients' }

export type Run = (
  id: string,
  actor: string,
  options: RunOptions,
) => Promise<{ readonly ran: Ran; readonly after: Case }>

/** The desk's own steps. */
export interface Steps {
  find(id: string): Case
  take(id: string, step: Omit<Step, 'at'>, text: string, become: (before: Case) => Partial<Case>): Promise<Case>
  record(one: Case, step: Step): Promise<Case>
  readonly restrictions: Restrictions
}

export function createRun(parts: DeskParts, { find, take, record, restrictions }: Steps): Run {
  const { book, now } = parts
  const erase = async (one: Case, actor: string): Promise<{ readonly ran: Ran; readonly after: Case }> => {
    const { options } = one.asked!
    const who = requireWho(one)
    const { withShared, despiteHolds, accounts } = options
    const erased = await parts.rights.erase(who, {
      channel: 'staff',
      withShared,
      despiteHolds,
      ...(accounts === undefined ? {} : { accounts }),
    })
    const made: Step = { what: 'ran', at: dayOf(now()), by: actor }
    // The erasure already ended the case (`CaseBook.forget`).
    const after = await book.change(one.id, (before) => ({
      ...before,
      ended: before.ended ?? { how: 'done', at: dayOf(now()) },
      recipients: erased.recipients.map(({ partner }) => partner),
      steps: [...before.steps, made],
    }))
    return { ran: { kind: 'erased', erased }, after: await record(after, made) }
  }

  const act = async ({ kind, purposes }: Case, who: readonly IdentityKey[]): Promise<Ran> => {
    switch (kind) {
      case 'access': {
        const { token, until } = await parts.links.make({ purpose: 'access', keys: who }, LINK_DAYS)
        return { kind: 'link', token, until }
      }
      case 'objection':
      case 'restriction':
        await restrictions.put(kind, who, purposes)
        return { kind: 'restricted' }
      case 'correction':
        return { kind: 'recipients' }
      case 'deletion':
      case 'child':
        throw new TypeError('it needs two people')
      default:
        return never(kind)
    }
  }

  return async (id, actor, options) => {
    const one = find(id)
    requireOpen(one)
    const who = requireWho(one)
    if (destroys(one.kind)) {
      if (one.asked === undefined || !isSame(one.asked.options, options)) {
        const step = { what: 'asked', by: actor } as const
        return { ran: { kind: 'asked' }, after: await take(id, step, '', () => ({ asked: { by: actor, options } })) }
      }
      if (one.asked.by === actor) throw new GatewayError('ERR_FOUR_EYES')
      return erase(one, actor)
    }
    const ran = await act(one, who)
    return { ran, after: await take(id, { what: 'ran', by: actor }, '', () => ({})) }
  }
}

/** Only the same call by another member of staff is an approval; a different one is a new request. */
function isSame(a: RunOptions, b: RunOptions): boolean {
  return a.withShared === b.withShared && a.despiteHolds === b.despiteHolds && a.accounts === b.accounts
}
