/**
 * What staff does with a request of a person: each step is kept, then a CASE record of the ledger, before it is answered.
 * An objection and a restriction are in force before the case that asks for them is there: they only take away.
 */
import type { EpochMs, IdentityKey } from '../../model/brand.ts'
import type { Purpose } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { createInTurn } from '../../platform/in-turn.ts'
import type { Recipient } from '../ports.ts'
import {
  type Asker,
  type Case,
  type CaseKind,
  type CaseSystem,
  type Evidence,
  type Refusal,
  requireOpen,
  requireWho,
  type Step,
  type Way,
} from './case.ts'
import { dayOf, deadlinesOf } from './clocks.ts'
import { caseRecord } from './on-record.ts'
import type { DeskParts } from './parts.ts'
import { createRestrictions, OBJECTED } from './restrictions.ts'
import { createRun, type Run } from './run.ts'

export interface OpenRequest {
  readonly kind: CaseKind
  readonly who: readonly IdentityKey[]
  readonly by: Asker
  readonly through: Way
  /** Member of staff; `person`, `system` or `gateway`. */
  readonly actor: string
  /** Regime id; those of the person's own records, and then the strictest, where it is not said. */
  readonly law?: string | undefined
  /** When the request reached us; default now. Not in the future. */
  readonly received?: EpochMs | undefined
  readonly purposes?: readonly Purpose[] | undefined
  readonly text?: string | undefined
  readonly system?: CaseSystem | undefined
}

export interface Desk {
  open(request: OpenRequest): Promise<Case>
  /**
   * The open case that asks for all of this about all of these, where there is one; else a new one. What is asked for is in
   * force in either case.
   */
  openOnce(request: OpenRequest): Promise<Case>
  /** The case of this kind and reference of another system, where there is one; else a new one. */
  openFrom(request: OpenRequest & { readonly system: CaseSystem }): Promise<Case>
  /** The other system knows of so many steps. */
  toldSystem(id: string, steps: number): Promise<void>
  all(): readonly Case[]
  /** Throws `ERR_NOT_FOUND`. */
  find(id: string): Case
  /** Who received something about whom the case is; nobody once it can no longer be opened. */
  recipientsOf(one: Case): Promise<readonly Recipient[]>
  confirm(id: string, actor: string): Promise<Case>
  note(
    id: string,
    actor: string,
    note: { readonly text: string; readonly evidence?: Evidence | undefined },
  ): Promise<Case>
  /** The person must be told of it, and why, within the first period: `text`. */
  extend(id: string, actor: string, text: string): Promise<Case>
  refuse(id: string, actor: string, why: { readonly refusal: Refusal; readonly text: string }): Promise<Case>
  /** `lift`: what the case put in force for purposes ends; of a restriction only where the person was told first. */
  close(
    id: string,
    actor: string,
    end: { readonly how: 'done' | 'withdrawn'; readonly text: string; readonly lift: boolean },
  ): Promise<Case>
  /** Does what was asked for. What destroys something is asked for by one person and run by another. */
  readonly run: Run
}

export function createDesk(parts: DeskParts): Desk {
  const { book, now } = parts
  const restrictions = createRestrictions(parts)
  const today = (): EpochMs => dayOf(now())

  const record = async (one: Case, step: Step): Promise<Case> => {
    await parts.ledger.append([caseRecord(one, step)])
    return one
  }

  /** One step of a case that has not ended. */
  const take = async (
    id: string,
    step: Omit<Step, 'at'>,
    text: string,
    become: (before: Case) => Partial<Case>,
  ): Promise<Case> => {
    const made: Step = { ...step, at: today() }
    const after = await book.change(id, (before) => {
      requireOpen(before)
      const changed = { ...before, ...become(before) }
      return withText({ ...changed, steps: [...before.steps, made] }, text)
    })
    return record(after, made)
  }

  const open: Desk['open'] = async (request) => {
    const { kind, who, by, through, actor, purposes, text = '', system } = request
    if (who.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities' })
    const received = dayOf(Math.min(request.received ?? now(), now()))
    const laws = request.law === undefined ? await parts.lawsOf(who) : [request.law]
    const deadlines = deadlinesOf(laws, kind, received)
    await restrictions.put(kind, who, purposes)
    const step: Step = { what: 'opened', at: today(), by: actor }
    const shell = {
      kind,
      by,
      through,
      ...deadlines,
      received,
      extended: false,
      confirmed: false,
      purposes: kind === 'objection' ? (purposes ?? OBJECTED) : undefined,
      system,
      steps: [step],
    }
    const texts = text === '' ? {} : { 0: text }
    return record(await book.add(shell, { who, texts }), step)
  }

  const find = (id: string): Case => {
    const one = book.find(id)
    if (one === undefined) throw new GatewayError('ERR_NOT_FOUND')
    return one
  }

  // Two at once are one.
  const inTurn = createInTurn()

  return {
    open,
    openOnce: (request) =>
      inTurn(async () => {
        const { kind, who, purposes } = request
        const asks = (one: Case): boolean =>
          one.kind === kind &&
          (kind !== 'objection' || (purposes ?? OBJECTED).every((purpose) => one.purposes?.includes(purpose) === true))
        const known = book
          .all()
          .find(
            (one) => asks(one) && one.ended === undefined && who.every((key) => one.inner?.who.includes(key) === true),
          )
        if (known === undefined) return open(request)
        await restrictions.put(kind, who, purposes)
        return known
      }),
    openFrom: (request) =>
      inTurn(() => {
        const { name, reference } = request.system
        const known = book
          .all()
          .find(({ kind, system }) => kind === request.kind && system?.name === name && system.reference === reference)
        return known === undefined ? open(request) : Promise.resolve(known)
      }),
    toldSystem: async (id, told) => {
      await book.change(id, ({ system, ...one }) => {
        const knowsAll = one.ended !== undefined && one.inner === undefined && told >= one.steps.length
        return { ...one, system: system === undefined || knowsAll ? undefined : { ...system, told } }
      })
    },
    all: book.all,
    find,
    recipientsOf: async ({ inner }) => {
      if (inner === undefined) return []
      const { keys } = await parts.personOf(inner.who, false)
      return parts.recipients([...new Set([...inner.who, ...keys])])
    },
    confirm: (id, actor) => take(id, { what: 'confirmed', by: actor }, '', () => ({ confirmed: true })),
    note: (id, actor, { text, evidence }) => take(id, { what: 'noted', by: actor, evidence }, text, () => ({})),
    extend: (id, actor, text) =>
      take(id, { what: 'extended', by: actor }, text, ({ extendable, extended, due }) => {
        if (extendable === undefined || extended) throw new GatewayError('ERR_CASE_STEP', { why: 'not extendable' })
        if (today() > due) throw new GatewayError('ERR_CASE_STEP', { why: 'its time is over' })
        return { due: extendable, extended: true }
      }),
    refuse: (id, actor, { refusal, text }) =>
      take(id, { what: 'refused', by: actor, refusal }, text, () => ({
        asked: undefined,
        ended: { how: 'refused', at: today(), refusal },
      })),
    close: async (id, actor, { how, text, lift }) => {
      const one = find(id)
      requireOpen(one)
      if (lift) await restrictions.lift(one, requireWho(one))
      const step = { what: how === 'done' ? 'closed' : 'withdrawn', by: actor } as const
      return take(id, step, text, () => ({ asked: undefined, ended: { how, at: today() } }))
    },
    run: createRun(parts, { find, take, record, restrictions }),
  }
}

function withText(one: Case, text: string): Case {
  if (text === '' || one.inner === undefined) return one
  return { ...one, inner: { ...one.inner, texts: { ...one.inner.texts, [one.steps.length - 1]: text } } }
}
