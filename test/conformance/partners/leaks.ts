/**
 * Sends every vector through every type in every restricted state under every form of contract, and looks in the requests
 * for what must not be there. Absolute: one trace is a failure.
 */
import type { JsonObject } from '../../../src/model/brand.ts'
import type { AcceptedEvent } from '../../../src/model/event.ts'
import { isNeverLeaving } from '../../../src/model/never-leaves.ts'
import { RELAY_EVENT } from '../../../src/model/relay-map.ts'
import type { Connection } from '../../../src/partners/kit/type.ts'
import type { Bench } from '../judgement.ts'
import { tracesIn } from './allowed.ts'
import { contractFor } from './contracts.ts'
import { createDelivery, type Delivery, type Platform, typeNamed, typeNames } from './delivery.ts'
import { completed, eventKeyOf, platformOf } from './events.ts'
import { BUNDLE, nobodyLike, partnerOf, WORD } from './nobody.ts'
import { personalIn } from './personal.ts'
import { createRelayed } from './relayed.ts'
import { SETTINGS } from './settings.ts'
import { FORMS, type Form, restrictedStates, type State, UNRESTRICTED } from './states.ts'
import { type Laid, layOut, wantedOf } from './traces.ts'
import type { PartnerVector } from './vectors.ts'

export interface Leak {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly form: string
  /** Where in the event the value is, and how it is in the request. Never the value. */
  readonly from: string
  readonly as: string
}
export interface LeakReport {
  /** Preparations made: vectors × types × states × forms. */
  readonly prepared: number
  readonly sent: number
  /** Kept back by the guard: it found, or feared, what should not have got that far. */
  readonly guarded: number
  /** Different requests that were searched. */
  readonly searched: number
  /** The same for requests that went through the relay, as an SDK of the partner's own would have sent them. */
  readonly relayed: { readonly prepared: number; readonly sent: number; readonly guarded: number }
  readonly leaks: readonly Leak[]
}

export function searchForLeaks(vectors: readonly PartnerVector[], bench: Bench): LeakReport {
  const report = {
    prepared: 0,
    sent: 0,
    guarded: 0,
    searched: 0,
    relayed: { prepared: 0, sent: 0, guarded: 0 },
    leaks: [] as Leak[],
  }
  const delivery = createDelivery(contractsFor(vectors), bench, BUNDLE)
  const states = restrictedStates(bench.at)
  const empties = createEmpties(delivery)
  const relayed = createRelayed(delivery)
  for (const vector of vectors) {
    const platform = platformOf(vector)
    const event = delivery.accept(completed(vector.input), platform)
    if (event === undefined) throw new TypeError(`the events API takes no such event: ${vector.id}`)
    const told = personalIn(completed(vector.input)).map(wantedOf)
    for (const type of typeNames()) {
      const searched = new Set<string>()
      for (const form of FORMS) {
        for (const state of form.name === 'grants nothing' ? [...states, UNRESTRICTED] : states) {
          for (const [pointer, as] of relayed(event, platform, type, form, state, told, report.relayed))
            report.leaks.push({
              id: vector.id,
              type: `${type}, relayed`,
              state: state.name,
              form: form.name,
              from: pointer,
              as,
            })
          report.prepared++
          const prepared = delivery.prepare(event, partnerOf(type, form), state)
          if (prepared.kind === 'withheld') {
            if (prepared.why === 'guard') report.guarded++
            continue
          }
          report.sent++
          const key = `${form.grants}\0${state.deviceLimit}\0${prepared.bytes}`
          if (searched.has(key)) continue
          searched.add(key)
          report.searched++
          const laid = layOut(prepared.encoder.envelope([prepared.bytes]))
          const own = new Set([...prepared.encoder.constants, WORD, BUNDLE])
          const empty = empties(event, platform, type, form, state)
          for (const [{ pointer }, as] of tracesIn(told, laid, { own, empty, form, state }))
            report.leaks.push({ id: vector.id, type, state: state.name, form: form.name, from: pointer, as })
        }
      }
    }
  }
  return report
}

/** An event of the same kind and name that is about nobody, through the same contract in the same state. */
function createEmpties(delivery: Delivery) {
  const known = new Map<string, Laid | undefined>()
  return (event: AcceptedEvent, platform: Platform, type: string, form: Form, state: State): Laid | undefined => {
    const key = [platform, event.kind, event.eventKey, type, form.name, state.name].join('\0')
    if (!known.has(key)) {
      const prepared = delivery.prepare(nobodyLike(event), partnerOf(type, form), state)
      known.set(key, prepared.kind === 'item' ? layOut(prepared.encoder.envelope([prepared.bytes])) : undefined)
    }
    return known.get(key)
  }
}

/** One contract for each type and form: every event of the vectors, and by name every property that tells of nobody. */
function contractsFor(vectors: readonly PartnerVector[]) {
  const named = new Map<string, Record<string, string>>()
  for (const { input } of vectors) {
    const event = completed(input)
    const key = eventKeyOf(event)
    named.set(key, { ...named.get(key), ...harmlessProperties(event) })
  }
  const events = Object.fromEntries(
    [...named, [RELAY_EVENT, {}] as const].map(([key, properties]) => [key, { as: WORD, properties }]),
  )
  return typeNames().flatMap((type) => {
    // As the contracts do it: checked, then kept as plain data.
    const { connection: settings, sample } = typeNamed(type)
    const connection = JSON.parse(JSON.stringify(settings.parse(SETTINGS[type] ?? sample.connection))) as Connection
    return FORMS.map((form) =>
      contractFor(partnerOf(type, form), type, {
        events: form.name === 'grants nothing' ? withoutProperties(events) : events,
        connection,
        ...form,
      }),
    )
  })
}

function withoutProperties<T extends Readonly<Record<string, { readonly as: string }>>>(events: T) {
  return Object.fromEntries(Object.keys(events).map((key) => [key, { as: WORD, properties: {} }]))
}

function harmlessProperties(event: JsonObject): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const { pointer, kind } of personalIn({ properties: event.properties ?? {} })) {
    const path = pointer
      .replace('/properties/', '')
      .replace(/\/\d+$/, '')
      .replace(/\/\d+\//g, '[].')
      .replaceAll('/', '.')
    if (kind === undefined && !isNeverLeaving(path) && /^[\w.[\]-]+$/.test(path))
      properties[path] = path.replaceAll('[]', '').replaceAll('.', '_')
  }
  return properties
}
