/** How partners' own flags are read and written in relayed requests: restricted wherever anything restricts. */
import type { Json } from '../../model/brand.ts'
import type { FlagNode, SignalTextName } from '../../model/relay-map.ts'
import { flag } from './relay-map.ts'
import { isRestricted } from './restricted.ts'

/** What a US Privacy string says for whoever opted out of sale and sharing, in whatever words a partner has for it. */
const OPTED_OUT = '1YYN'
const ATT_DENIED = 2
const ATT_AUTHORISED = 3

/** Always written on a restriction; else as it was received. */
export function enforced(restricted: Json, signal?: SignalTextName, read?: FlagNode['read']): FlagNode {
  return flag(({ flags, given }) => (isRestricted(flags) ? restricted : given), signal, read)
}

/** The same where something was received; never of our own accord. */
export function whereGiven(restricted: Json, signal?: SignalTextName, read?: FlagNode['read']): FlagNode {
  return flag(
    ({ flags, given }) => (given === undefined ? undefined : isRestricted(flags) ? restricted : given),
    signal,
    read,
  )
}

/** A numeric ATT status: denied on a restriction, on iOS or where one was received. */
export function attStatus(isIos?: boolean): FlagNode {
  return flag(({ flags, given, app }) => {
    if (!isRestricted(flags)) return attNumber(given) ?? given
    return given !== undefined || (isIos ?? app.platform === 'ios') ? ATT_DENIED : undefined
  }, 'att')
}

const ATT_WORDS = ['notdetermined', 'restricted', 'denied', 'authorized']

/** An ATT status by its name, as the number that partners ask for; undefined for what is no name. */
export function attNumber(given: Json | undefined): number | undefined {
  const word = typeof given === 'string' ? ATT_WORDS.indexOf(given.toLowerCase().replace(/[^a-z]/g, '')) : -1
  return word < 0 ? undefined : word
}

/** "May track" as a limit: 1 and true are none, 0 and false are one. */
export function asLimit(value: Json): Json {
  const may = switchOf(value)
  return may === undefined ? value : may ? '0' : '1'
}

/** "May track" as an ATT status. */
export function asAttStatus(value: Json): Json {
  const may = switchOf(value)
  return may === undefined ? value : may ? ATT_AUTHORISED : ATT_DENIED
}

/** A flag that opts out where it is on, and else says nothing. */
export function asOptOut(value: Json): Json | undefined {
  const out = switchOf(value)
  return out === undefined ? value : out ? OPTED_OUT : undefined
}

/** A list (or a text) that opts out where one of the words is in it. */
export function asOptOutWord(...words: readonly string[]): (value: Json) => Json | undefined {
  return (value) => {
    const text = (typeof value === 'string' ? value : JSON.stringify(value)).toLowerCase()
    return words.some((word) => text.includes(word)) ? OPTED_OUT : undefined
  }
}

/** What partners and SDKs write for a switch, read; undefined for what is none. */
export function switchOf(value: Json | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = String(value).toLowerCase()
  if (text === '1' || text === 'true') return true
  return text === '0' || text === 'false' ? false : undefined
}
