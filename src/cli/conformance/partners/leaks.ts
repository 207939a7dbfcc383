/**
 * Sends every vector through every type in every restricted state under every form of contract, and looks in the requests
 * for what must not be there. Absolute: one trace is a failure.
 */
import type { JsonObject, PartnerId } from '../../../model/brand.ts'
import type { AcceptedEvent } from '../../../model/event.ts'
import { isNeverLeaving } from '../../../model/never-leaves.ts'
import type { FieldValues } from '../../../model/values.ts'
import type { Connection } from '../../../partners/type.ts'
import type { Bench } from '../judgement.ts'
import { contractFor } from './contracts.ts'
import { createDelivery, type Delivery, type Platform, typeNamed, typeNames } from './delivery.ts'
import { completed, eventKeyOf, platformOf } from './events.ts'
import { personalIn, type Told } from './personal.ts'
import { anyPosition } from './pointers.ts'
import { SETTINGS } from './settings.ts'
import { FORMS, type Form, restrictedStates, type State, UNRESTRICTED } from './states.ts'
import { type Laid, layOut, traceOf, type Wanted, wantedOf } from './traces.ts'
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
  readonly leaks: readonly Leak[]
}

/** The contract's word for every event, unlike anything in an event. */
const WORD = 'zq_conformance'
const BUNDLE = 'com.example.zqconformance'

export function searchForLeaks(vectors: readonly PartnerVector[], bench: Bench): LeakReport {
  const report = { prepared: 0, sent: 0, guarded: 0, searched: 0, leaks: [] as Leak[] }
  const delivery = createDelivery(contractsFor(vectors), bench, BUNDLE)
  const states = restrictedStates(bench.at)
  const empties = createEmpties(delivery)
  for (const vector of vectors) {
    const platform = platformOf(vector)
    const event = delivery.accept(completed(vector.input), platform)
    if (event === undefined) throw new TypeError(`the events API takes no such event: ${vector.id}`)
    const told = personalIn(completed(vector.input)).map(wantedOf)
    for (const type of typeNames()) {
      const searched = new Set<string>()
      for (const form of FORMS) {
        for (const state of form.name === 'grants nothing' ? [...states, UNRESTRICTED] : states) {
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
          const own = new Set([...(prepared.encoder.constants ?? []), WORD, BUNDLE])
          const empty = empties(event, platform, type, form, state)
          for (const [{ pointer }, as] of tracesIn(told, laid, { own, empty, form, state }))
            report.leaks.push({ id: vector.id, type, state: state.name, form: form.name, from: pointer, as })
        }
      }
    }
  }
  return report
}

interface Allowed {
  /** Values the type writes of its own accord. */
  readonly own: ReadonlySet<string>
  /** The same request for an event that is about nobody. */
  readonly empty: Laid | undefined
  readonly form: Form
  readonly state: State
}

function* tracesIn(
  told: readonly Wanted[],
  laid: Laid,
  { own, empty, form, state }: Allowed,
): Generator<[Told, string]> {
  const isGranted = ({ pointer, kind }: Told): boolean => {
    if (form.grants === 'nothing') return false
    if (form.grants === 'all') return !(state.deviceLimit && DEVICE_LIMIT_KEEPS.test(anyPosition(pointer)))
    return kind === undefined && (IMPERSONAL_PLACES.test(anyPosition(pointer)) || isProperty(pointer))
  }
  const open = new Set(told.filter(isGranted).map(({ text }) => text))
  for (const wanted of told) {
    if (isGranted(wanted)) continue
    if (empty !== undefined && (empty.leaves.has(wanted.text) || traceOf(wanted, empty) !== undefined)) continue
    if (wanted.kind === undefined) {
      if (laid.leaves.has(wanted.text) && !open.has(wanted.text) && !own.has(wanted.text)) yield [wanted, 'whole leaf']
      continue
    }
    if (own.has(wanted.text) || isNetworkOf(wanted, form)) continue
    // What everything grants may say the same as what is kept back: then nobody can tell them apart.
    if (form.grants === 'all' && open.has(wanted.text)) continue
    const trace = traceOf(wanted, laid)
    if (trace !== undefined) yield [wanted, trace]
  }
}

/** Where an event says what a contract of the form `impersonal` grants. */
const IMPERSONAL_PLACES =
  /^\/(context\/(os\/(name|version)|device\/(manufacturer|brand|model|type)|screen\/(width|height|density)|locale|timezone|userAgent|network\/(carrier|cellular|wifi|bluetooth)|page\/(url|referrer)|location\/(country|region|state|city)|(traits|location)\/(address\/)?(country|region|state|city|gender)(\/N)?)|traits\/(address\/)?(country|region|state|city|gender)(\/N)?|properties\/(url|referrer)|messageId|message_id|timestamp|originalTimestamp|type|name)$/
/** What a third party never gets of somebody whose device limits tracking, whatever a contract says. */
const DEVICE_LIMIT_KEEPS =
  /^\/(userId|anonymousId|request_ip|context\/(ip|idfa|idfv|aaid|advertisingId|android_id|userAgent|device\/(id|advertisingId|idfa|idfv|gaid|aaid|oaid|androidId|token)|traits\/(email|phone|first_?name|last_?name|birthday|dob)))$/i

/** An address that is its network's first says no more than the network, which this form grants. */
function isNetworkOf({ kind, text }: Told, { grants }: Form): boolean {
  return kind === 'ip' && grants !== 'nothing' && /\.0$/.test(text)
}

function isProperty(pointer: string): boolean {
  return pointer.startsWith('/properties/')
}

/** Values that are in no event, for types that take none without. */
const NOBODY: FieldValues = {
  message_id: 'zq-message',
  time: '2001-02-03T04:05:06.789Z',
  ip: '192.0.2.77',
  user_agent: 'zq-agent',
  user_id: 'zq-user-00001',
  device_id: 'zq-device-00001',
  advertising_id: { id: 'zq-advertising-00001', kind: 'unknown' },
  partner_id: {
    appsflyer_id: 'zq-00001',
    kochava_device_id: 'zq-00002',
    adid: 'zq-00003',
    singular_device_id: 'zq-00004',
  },
}

/** An event of the same kind and name that is about nobody, through the same contract in the same state. */
function createEmpties(delivery: Delivery) {
  const known = new Map<string, Laid | undefined>()
  return (event: AcceptedEvent, platform: Platform, type: string, form: Form, state: State): Laid | undefined => {
    const key = [platform, event.kind, event.eventKey, type, form.name, state.name].join('\0')
    if (!known.has(key)) {
      const empty = { ...event, fields: NOBODY, tainted: [], signals: {} }
      const prepared = delivery.prepare(empty, partnerOf(type, form), state)
      known.set(key, prepared.kind === 'item' ? layOut(prepared.encoder.envelope([prepared.bytes])) : undefined)
    }
    return known.get(key)
  }
}

function partnerOf(type: string, form: Form): PartnerId {
  return `${type}-${FORMS.indexOf(form)}` as PartnerId
}

/** One contract for each type and form: every event of the vectors, and by name every property that tells of nobody. */
function contractsFor(vectors: readonly PartnerVector[]) {
  const named = new Map<string, Record<string, string>>()
  for (const { input } of vectors) {
    const event = completed(input)
    const key = eventKeyOf(event)
    named.set(key, { ...named.get(key), ...harmlessProperties(event) })
  }
  const events = Object.fromEntries([...named].map(([key, properties]) => [key, { as: WORD, properties }]))
  return typeNames().flatMap((type) => {
    // As the contracts do it: checked, then kept as plain data.
    const connection = JSON.parse(JSON.stringify(typeNamed(type).connection.parse(SETTINGS[type]))) as Connection
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
