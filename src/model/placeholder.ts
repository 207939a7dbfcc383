/**
 * Values that apps send in place of a missing id. They identify nobody: used as an identity, such a value would link everyone
 * who sends it, and one user's opt-out or erasure would apply to all.
 *
 * Sources: PostHog's illegal ids (PostHog/posthog#876, #12008, #17325), Mixpanel's rejected ids
 * (docs.mixpanel.com, "Server-side events with no logged-in user"), Android's shared `ANDROID_ID` of emulators and early
 * devices, macros that ad servers and link builders left unexpanded.
 */

import { mendDeviceId } from './device-id.ts'
import type { IdentityKind } from './event.ts'
import { normalizedToCompare } from './normalize.ts'

/** Single lower-case words, by origin. A namespace may exclude words: `users.real_ids`. */
export const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  /** How languages, databases and spreadsheets print an empty value. */
  nothing: [
    ...[
      'null',
      '(null)',
      '<null>',
      'nil',
      '<nil>',
      '(nil)',
      'none',
      '(none)',
      '<none>',
      'undefined',
      '(undefined)',
      'undef',
    ],
    ...['nan', 'nsnull', 'dbnull', 'nullptr', 'empty', '(empty)', '<empty>', '(blank)', '(missing)', 'not a number'],
    ...[
      'optional(nil)',
      'optional.none',
      'optional.empty',
      '\\n',
      '{}',
      '[]',
      '()',
      '<>',
      '{{}}',
      '[null]',
      '{null}',
      'null,null',
    ],
    ...[
      'na',
      'n/a',
      'n.a.',
      'n.a',
      'n\\a',
      '#n/a',
      '#na',
      'n.d.',
      'n/d',
      '#null!',
      '#ref!',
      '#value!',
      '#name?',
      '#error!',
    ],
    ...['#div/0!', '#num!', 'infinity', '-infinity', '-inf', 'no data'],
  ],
  /** A value of another type where an id belongs. */
  otherTypes: ['true', 'false'],
  /** Words for an unknown user. */
  strangers: [
    ...[
      'anonymous',
      'anon',
      'anonymous user',
      'anonymous_user',
      'anonymoususer',
      'anonymous-user',
      'guest',
      'guest user',
    ],
    ...['guest_user', 'guestuser', 'guest-user', 'unknown', '(unknown)', '<unknown>', 'unknown user', 'unknown_user'],
    ...['unknownuser', 'unidentified', 'unauthenticated', 'not_authenticated', 'not authenticated', 'notauthenticated'],
    ...[
      'logged_out',
      'logged out',
      'loggedout',
      'logged-out',
      'not_logged_in',
      'not logged in',
      'notloggedin',
      'not-logged-in',
    ],
    ...[
      'nobody',
      'no_user',
      'no user',
      'nouser',
      'no_id',
      'no id',
      'noid',
      'no-id',
      'not set',
      '(not set)',
      'not_set',
      'notset',
    ],
    ...[
      'unset',
      'not provided',
      '(not provided)',
      'not_provided',
      'not available',
      'not_available',
      'notavailable',
      'unavailable',
    ],
    ...['not applicable', 'placeholder', '[deleted]', '[removed]', '[redacted]', 'redacted'],
  ],
  /** The field's name in place of its value. */
  names: [
    ...[
      'id',
      'uid',
      'uuid',
      'guid',
      'user',
      'userid',
      'user_id',
      'user-id',
      'user id',
      'username',
      'user_name',
      'distinctid',
    ],
    ...[
      'distinct_id',
      '$distinct_id',
      '$device_id',
      'anonymousid',
      'anonymous_id',
      'anonymous-id',
      'email',
      'deviceid',
    ],
    ...[
      'device_id',
      'device-id',
      'device id',
      'advertisingid',
      'advertising_id',
      'advertising-id',
      'idfa',
      'idfv',
      'gaid',
    ],
    ...['aaid', 'adid', 'oaid', 'ifa', 'androidid', 'android_id', 'vendorid', 'vendor_id', 'appsetid', 'your_user_id'],
    ...[
      'your-user-id',
      'your_device_id',
      'lmy47d',
      ':id',
      ':user_id',
      ':userid',
      ':uid',
      '$id',
      '$user_id',
      '$userid',
      '$uid',
    ],
    ...['$idfa', '$gaid', '$aaid', '%s', '%d', '%@', '%v', '%u', '%i', '$1', '{0}', '{1}', '?'],
  ],
  /** Ids that many devices share. */
  shared: [
    '9774d56d682e549c',
    'dead00beef',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'ffffffffffffffffffffffffffffffff',
  ],
}

const WORDS: ReadonlySet<string> = new Set(Object.values(PLACEHOLDERS).flat())
/** Longer text is a real id. */
const MAX_CHARACTERS = 128
/** Length of the shortest advertising ids in use: 16 hex digits. */
const MIN_ADVERTISING_ID = 16
const UNSEEN = /[\p{Cf}\p{Cc}]/gu
const QUOTES = new Set('"\'`´‘’‚“”„«»')
/** Zeros, dashes and dots; -1, which many languages print for "none"; runs of asterisks and the like; repeated x. */
const EMPTY_FORMS = /^(?:[0\p{Pd}._]+|-1|[*?#~.\p{Pd}_ ]+|[xX\p{Pd}]{8,})$/u
/** Needs no normalisation before comparison. */
const PLAIN = /^[\w.@+-]+$/
/** Plain text that cannot match any pattern. */
const NO_FORM = /^[1-9A-WYZa-wyz][A-Za-z0-9_-]*$/
const PRINTED_OBJECT =
  /^(?:\[object \w{1,40}\]|instance of '?\w{1,60}'?|<\w{1,60} object at 0x[0-9a-f]{1,16}>|#<\w{1,60}:0x[0-9a-f]{1,16}>|(?:java|kotlin|android|com|org|system)\.[\w.$]{1,80}(?:@[0-9a-f]{1,8})?)$/i
/** Delimiters of an unexpanded variable. */
const BRACKETS: readonly (readonly [string, string])[] = [
  ['{%', '%}'],
  ['<%=', '%>'],
  ['<%', '%>'],
  ['[[', ']]'],
  ['{', '}'],
  ['[', ']'],
  ['<', '>'],
  ['%', '%'],
  ['@', '@'],
]
const SIGNS = new Set('$#%@')
const VARIABLE = /^[\p{L}_$][\p{L}\p{N}_$.:|'" \p{Pd}]{0,63}$/u
const DIGITS_IN_A_ROW = /\d{3}/
const UNDERSCORED_MACRO = /^__[A-Z0-9_]*(?:ID|IDFA|IDFV|IFA|IMEI|UUID|GUID|MAC|USER|UID)[0-9]?__$/

/**
 * True for a value that identifies nobody as this kind of identity. For an advertising id that includes any short word without
 * a digit (`no-idfa`, `opted_out`): platforms issue UUIDs, and manufacturers longer ids.
 * @param real lower-case words that are user ids of real users here
 */
export function isPlaceholderIdentity(kind: IdentityKind, value: string, real?: readonly string[]): boolean {
  if (kind === 'user') return isPlaceholder(value, real)
  if (kind === 'anonymous') return isPlaceholder(value)
  const mended = mendDeviceId(value)
  if (mended !== undefined) return isPlaceholder(mended)
  return isPlaceholder(value) || (kind === 'advertising_id' && (value.length < MIN_ADVERTISING_ID || !/\d/.test(value)))
}

/** The text in NFKC and lower case, without invisible characters and surrounding quotes. */
function bare(value: string): string {
  let text = normalizedToCompare(value, 'NFKC').replace(UNSEEN, '').trim()
  while (text.length > 1 && QUOTES.has(text[0]!) && QUOTES.has(text.at(-1)!)) text = text.slice(1, -1).trim()
  return text.replaceAll('\\"', '').trim()
}

/**
 * True for a placeholder, in any case. Zeros count; zeros from a device are also a device limit, which `signals/` reads.
 * @param real lower-case words that are user ids of real users here
 */
export function isPlaceholder(value: string, real?: readonly string[]): boolean {
  if (value.length > MAX_CHARACTERS) return false
  const isPlain = PLAIN.test(value)
  const text = isPlain ? value : bare(value)
  const word = text.toLowerCase()
  if (real?.includes(word) === true) return false
  if (word === '' || WORDS.has(word)) return true
  // Every pattern below begins with a symbol, a zero or an x, or is a dotted class name.
  if (isPlain && NO_FORM.test(text)) return false
  return EMPTY_FORMS.test(text) || PRINTED_OBJECT.test(text) || UNDERSCORED_MACRO.test(text) || isUnfilled(text)
}

/** An unexpanded template: `{id}`, `${user.id}`, `{{ user_id }}`, `%USER_ID%`, `[IDFA]`, `<user id>`. */
function isUnfilled(text: string): boolean {
  let inner = text
  for (let depth = 0; depth < 4; depth++) {
    const rest = withoutSign(inner)
    const found = BRACKETS.find(
      ([open, close]) => rest.length > open.length + close.length && rest.startsWith(open) && rest.endsWith(close),
    )
    if (found === undefined) break
    inner = rest.slice(found[0].length, -found[1].length).trim()
  }
  return inner !== text && VARIABLE.test(inner) && !DIGITS_IN_A_ROW.test(inner) && !isHexId(inner)
}

/** `${id}` is `{id}`: a sign before a bracket belongs to it. */
function withoutSign(text: string): string {
  return SIGNS.has(text[0]!) && (text[1] === '{' || text[1] === '[' || text[1] === '(') ? text.slice(1) : text
}

/** A real id in brackets is a real id: Windows prints GUIDs that way. */
function isHexId(text: string): boolean {
  return text.length >= 8 && /^[0-9a-f\p{Pd}]+$/iu.test(text) && /\d/.test(text)
}
