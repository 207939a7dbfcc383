/**
 * Looks for a value in a request in every form it could hide in. Written apart from the guard, whose work it checks: plainly,
 * without its tables, and with nothing shared.
 */
import { hash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { leavesOfRequest } from '../../../src/cli/partners/request.ts'
import { withoutTail } from '../../../src/model/text.ts'
import type { PartnerRequest } from '../../../src/partners/kit/type.ts'
import type { Told } from './personal.ts'

/** A value and all that stands for it, made once. */
export interface Wanted extends Told {
  readonly lower: string
  /** Letters and digits alone, in small letters. */
  readonly bare: string
  readonly digests: readonly string[]
}

/** A request, unwrapped once. */
export interface Laid {
  readonly leaves: ReadonlySet<string>
  readonly lower: string
  readonly bare: string
  readonly digests: ReadonlySet<string>
  readonly numbers: readonly number[]
  readonly addresses: ReadonlySet<string>
  readonly wholeNumbers: ReadonlySet<string>
}

/** Fewer letters and digits could be in anything by chance: such a value is only compared whole. */
const LONG_ENOUGH = 7
const NEAR_DEGREES = 0.000_5

export function wantedOf(told: Told): Wanted {
  const { text } = told
  const trimmed = text.trim()
  const bare = bareOf(trimmed)
  const digits = trimmed.replace(/\D/g, '')
  const spellings = new Set([
    ...[text, trimmed, trimmed.toLowerCase(), trimmed.toUpperCase(), bare, bare.toUpperCase()],
    ...(told.kind === 'contact' ? [digits, `+${digits}`, digits.replace(/^0+/, ''), trimmed.replaceAll('.', '')] : []),
  ])
  const digests = ['md5', 'sha1', 'sha256'].flatMap((algorithm) =>
    [...spellings]
      .filter((one) => one.length > 1)
      .flatMap((one) => {
        const digest = hash(algorithm, one, 'buffer')
        return [digest.toString('hex'), digest.toString('base64url').toLowerCase()]
      }),
  )
  return { ...told, lower: trimmed.toLowerCase(), bare, digests }
}

export function layOut(request: PartnerRequest): Laid {
  const leaves = leavesOfRequest(request)
    .filter(([place]) => place !== '/headers/sec-gpc')
    .map(([, text]) => text)
  const raw = [request.path, ...Object.values(request.headers), request.body, ...leaves].join('\n')
  const text = unwrapped(unwrapped(raw))
  const all = `${text}\n${decodedRuns(text)}`.toLowerCase()
  return {
    leaves: new Set(leaves),
    lower: all,
    bare: all.split('\n').map(bareOf).join('\n'),
    digests: new Set([
      ...(all.match(/[0-9a-f]{32,64}/g) ?? []),
      ...leaves.map((leaf) => withoutTail(leaf.toLowerCase(), '=').replaceAll('+', '-').replaceAll('/', '_')),
    ]),
    wholeNumbers: new Set(all.match(/\d+/g) ?? []),
    numbers: (all.match(/-?\d{1,3}\.\d{3,}/g) ?? []).map(Number),
    addresses: new Set((all.match(/[0-9a-f:.]{3,}/g) ?? []).flatMap(addressOf)),
  }
}

/** The form in which the value is there; undefined where it is not. */
export function traceOf(wanted: Wanted, laid: Laid): string | undefined {
  const { kind, text, lower, bare, digests } = wanted
  if (kind === undefined) return undefined
  if (laid.leaves.has(text)) return 'whole'
  if (digests.some((digest) => laid.digests.has(digest))) return 'hash'
  if (kind === 'coordinate') {
    const degrees = Number(text)
    const isFine = /\.\d{3,}/.test(text)
    return isFine && laid.numbers.some((number) => Math.abs(number - degrees) < NEAR_DEGREES) ? 'number' : undefined
  }
  if (kind === 'ip') {
    if (addressOf(lower).some((address) => laid.addresses.has(address))) return 'address'
    const whole = isIPv4(text) ? text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : 0
    return whole >= 2 ** 24 && laid.wholeNumbers.has(String(whole)) ? 'number' : undefined
  }
  if (bare.length >= LONG_ENOUGH && laid.bare.includes(bare)) return 'text'
  return undefined
}

function bareOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** One layer of percent-encoding and of JSON's escapes taken off; what is neither stays. */
function unwrapped(text: string): string {
  return text
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('\\"', '"')
}

/** What runs of base64 and hex say, a line each. */
function decodedRuns(text: string): string {
  const lines: string[] = []
  for (const run of text.match(/[A-Za-z0-9+/_-]{9,}={0,2}/g) ?? []) {
    const readings = [Buffer.from(run, 'base64').toString('latin1')]
    if (/^[0-9a-f]+$/i.test(run)) readings.push(Buffer.from(run, 'hex').toString('latin1'))
    for (const reading of readings) if (/[\x20-\x7e]{6}/.test(reading)) lines.push(reading.replaceAll('\n', ' '))
  }
  return lines.join('\n')
}

/** An address in one spelling: v4 as it is, v6 by its groups, a mapped v4 as v4. */
function addressOf(text: string): readonly string[] {
  const whole = withoutTail(text, '.')
  const clean = whole.replace(/^[.:]+(\d+\.)/, '$1')
  if (isIPv4(clean)) return [clean]
  if (!isIPv6(clean)) return []
  const mapped = /^(?:0*:)*:?ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(clean)
  if (mapped !== null) return [mapped[1]!]
  const [head = '', tail] = clean.split('::')
  const groupsOf = (part: string): string[] => part.split(':').filter((group) => group !== '')
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')]
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0')
  return [[...first, ...gap, ...last].map((group) => group.toLowerCase().replace(/^0+(.)/, '$1')).join(':')]
}
