/** Readers and writers of partners' own flags in relayed requests: restricted if anything restricts. */
import type { Json } from '../../model/brand.ts'
import type { FlagNode, SignalTextName } from '../../model/relay-map.ts'
import { flag } from './relay-map.ts'
import { isRestricted } from './restricted.ts'

/** A US Privacy string that opts out, for partners' own opt-outs of sale and sharing. */
const OPTED_OUT = '1YYN'
const ATT_DENIED = 2
const ATT_AUTHORISED = 3

/** Always written on a restriction; otherwise as received. */
export function enforced(restricted: Json, signal?: SignalTextName, read?: FlagNode['read']): FlagNode {
  return flag(({ flags, given }) => (isRestricted(flags) ? restricted : given), signal, read)
}

/** The same, but only if something was received. */
export function ifReceived(restricted: Json, signal?: SignalTextName, read?: FlagNode['read']): FlagNode {
  return flag(
    ({ flags, given }) => (given === undefined ? undefined : isRestricted(flags) ? restricted : given),
    signal,
    read,
  )
}

/** A numeric ATT status: denied on a restriction, on iOS or if one was received. */
export function attStatus(isIos?: boolean): FlagNode {
  return flag(({ flags, given, app }) => {
    if (!isRestricted(flags)) return attNumber(given) ?? given
    return given !== undefined || (isIos ?? app.platform === 'ios') ? ATT_DENIED : undefined
  }, 'att')
}

const ATT_WORDS = ['notdetermined', 'restricted', 'denied', 'authorized']

/** A named ATT status as the number that partners expect; undefined for an unknown name. */
export function attNumber(given: Json | undefined): number | undefined {
  const word = typeof given === 'string' ? ATT_WORDS.indexOf(given.toLowerCase().replace(/[^a-z]/g, '')) : -1
  return word < 0 ? undefined : word
}

/** "May track" as a limit: 1 and true mean no limit, 0 and false mean limited. */
export function asLimit(value: Json): Json {
  const may = switchOf(value)
  return may === undefined ? value : may ? '0' : '1'
}

/** "May track" as an ATT status. */
export function asAttStatus(value: Json): Json {
  const may = switchOf(value)
  return may === undefined ? value : may ? ATT_AUTHORISED : ATT_DENIED
}

/** A flag that opts out if on, and is neutral if off. */
export function asOptOut(value: Json): Json | undefined {
  const out = switchOf(value)
  return out === undefined ? value : out ? OPTED_OUT : undefined
}

/** A list (or text) that opts out if it contains one of the words. */
export function asOptOutWord(...words: readonly string[]): (value: Json) => Json | undefined {
  return (value) => {
    const text = (typeof value === 'string' ? value : JSON.stringify(value)).toLowerCase()
    return words.some((word) => text.includes(word)) ? OPTED_OUT : undefined
  }
}

/** A switch in the notations of partners and SDKs; undefined if it is none. */
export function switchOf(value: Json | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = String(value).toLowerCase()
  if (text === '1' || text === 'true') return true
  return text === '0' || text === 'false' ? false : undefined
}
