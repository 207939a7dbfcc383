/** Requests that a partner's own SDK would have sent, through the relay, searched as the gateway's own are. */
import type { AcceptedEvent } from '../../../src/model/event.ts'
import type { PartnerRequest } from '../../../src/partners/kit/type.ts'
import { tracesIn } from './allowed.ts'
import type { Delivery, Platform } from './delivery.ts'
import { BUNDLE, nobodyLike, partnerOf, WORD } from './nobody.ts'
import { CONSENTED, FORMS, type Form, type State } from './states.ts'
import { layOut, type Wanted } from './traces.ts'

export type Counts = { prepared: number; sent: number; guarded: number }

/**
 * What a partner's own SDK would say of the event while nothing restricts, through the relay in the state that does. The
 * format's own plain fields pass it, whoever they are about: only what tells who or where somebody is is looked for.
 */
export function createRelayed(delivery: Delivery) {
  const whole = FORMS.find(({ grants }) => grants === 'all')!
  const requests = new WeakMap<AcceptedEvent, Map<string, PartnerRequest | undefined>>()
  const requestOf = (event: AcceptedEvent, type: string): PartnerRequest | undefined => {
    const known = requests.get(event) ?? new Map<string, PartnerRequest | undefined>()
    requests.set(event, known)
    if (!known.has(type)) {
      const prepared = delivery.prepare(event, partnerOf(type, whole), CONSENTED)
      known.set(type, prepared.kind === 'item' ? prepared.encoder.envelope([prepared.bytes]) : undefined)
    }
    return known.get(type)
  }
  const searched = new WeakMap<AcceptedEvent, Set<string>>()
  return (
    event: AcceptedEvent,
    platform: Platform,
    type: string,
    form: Form,
    state: State,
    told: readonly Wanted[],
    counts: Counts,
  ): readonly (readonly [pointer: string, as: string])[] => {
    const request = requestOf(event, type)
    const prepared = request && delivery.relay(request, partnerOf(type, form), platform, state)
    if (prepared === undefined) return []
    counts.prepared++
    if (prepared.kind === 'withheld') {
      if (prepared.why === 'guard') counts.guarded++
      return []
    }
    counts.sent++
    const seen = searched.get(event) ?? new Set<string>()
    searched.set(event, seen)
    const key = `${type}\0${form.grants}\0${state.deviceLimit}\0${prepared.bytes}`
    if (seen.has(key)) return []
    seen.add(key)
    const personal = told.filter(({ kind }) => kind !== undefined)
    const nobody = requestOf(nobodyLike(event), type)
    const baseline = nobody === undefined ? undefined : layOut(nobody)
    const own = new Set([...prepared.encoder.constants, WORD, BUNDLE])
    const traces = tracesIn(personal, layOut(prepared.request), { own, empty: baseline, form, state })
    return [...traces].map(([{ pointer }, as]) => [pointer, as] as const)
  }
}
