/** What of an event may be in a request under a form of contract, and what of the rest is there all the same. */

import { anyPosition } from '../../../src/cli/partners/pointers.ts'
import type { Told } from './personal.ts'
import type { Form, State } from './states.ts'
import { type Laid, traceOf, type Wanted } from './traces.ts'

export interface Allowed {
  /** Values the type writes of its own accord. */
  readonly own: ReadonlySet<string>
  /** The same request for an event that is about nobody. */
  readonly empty: Laid | undefined
  readonly form: Form
  readonly state: State
}

export function* tracesIn(
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
