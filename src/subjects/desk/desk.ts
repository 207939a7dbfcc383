/**
 * The staff workflow for subjects' requests. Each step is stored and then recorded as a CASE in the ledger before it is
 * answered. An objection or restriction takes effect before its case is created, because it only narrows.
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
  /** Regime id. Default: those of the subject's records, or the strictest. */
  readonly law?: string | undefined
  /** When the request arrived. Default now; never in the future. */
  readonly received?: EpochMs | undefined
  readonly purposes?: readonly Purpose[] | undefined
  readonly text?: string | undefined
  readonly system?: CaseSystem | undefined
}

export interface Desk {
  open(request: OpenRequest): Promise<Case>
  /**
   * Returns an open case that already covers the request, or opens one. The restriction takes effect either way.
   */
  openOnce(request: OpenRequest): Promise<Case>
  /** Returns the case with this kind and external reference, or opens one. */
  openFrom(request: OpenRequest & { readonly system: CaseSystem }): Promise<Case>
  /** Notes how many steps were reported to the other system. */
  toldSystem(id: string, steps: number): Promise<void>
  all(): readonly Case[]
  /** Throws `ERR_NOT_FOUND`. */
  find(id: string): Case
  /** The recipients of data about the case's subject; empty if its key is gone. */
  recipientsOf(one: Case): Promise<readonly Recipient[]>
  confirm(id: string, actor: string): Promise<Case>
  note(
    id: string,
    actor: string,
    note: { readonly text: string; readonly evidence?: Evidence | undefined },
  ): Promise<Case>
  /** `text` is the notification with reasons, which the law requires within the first period. */
  extend(id: string, actor: string, text: string): Promise<Case>
  refuse(id: string, actor: string, why: { readonly refusal: Refusal; readonly text: string }): Promise<Case>
  /** `lift`: ends the case's purpose restrictions; for a restriction only after notifying the subject. */
  close(
    id: string,
    actor: string,
    end: { readonly how: 'done' | 'withdrawn'; readonly text: string; readonly lift: boolean },
  ): Promise<Case>
  /** Carries out the request. A destructive one needs two members of staff. */
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

  /** Adds a step to an open case. */
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

  // Serialised, so that concurrent equal requests open one case.
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
