/**
 * Merges all consent strings of one kind into one reading, the strictest. An unusable string invalidates the reading. In-app
 * copies (`IABTCF_PurposeConsents`, …) only restrict it, the Additional Consent string only adds providers; alone they have no
 * effect.
 */
import type { EpochMs } from '../model/brand.ts'
import type { Signal } from '../model/signal.ts'
import type { ConsentReading } from '../model/verdict.ts'
import type { Decoders } from './decoders.ts'
import type { TcString } from './tcf.ts'
import { problemAt, purposesOf } from './tcf-consent.ts'

/** A string must be valid at both moments: acceptance and now. */
export interface Span {
  readonly from: EpochMs
  readonly until: EpochMs
}

export interface Copies {
  readonly purposes?: readonly string[] | undefined
  readonly vendors?: readonly string[] | undefined
  readonly features?: readonly string[] | undefined
  readonly addtlConsent?: readonly string[] | undefined
}
const NO_COPIES: Copies = {}

/** Undefined if no string was sent. */
export function readConsent(
  strings: readonly Signal<TcString>[],
  { from, until }: Span,
  decoders: Pick<Decoders, 'addtlConsent'>,
  copies: Copies = NO_COPIES,
): ConsentReading | undefined {
  const counting: TcString[] = []
  for (const decoded of strings) {
    if (decoded.state === 'absent') continue
    if (decoded.state === 'invalid') return unusable(decoded.why)
    const problem = problemAt(decoded.value, from) || problemAt(decoded.value, until)
    if (problem !== '') return unusable(problem)
    counting.push(decoded.value)
  }
  const [only, ...others] = counting
  if (only === undefined) return undefined
  let [purposes, specialFeatures] = [only.purposesConsent, only.specialFeatures]
  for (const tc of others) {
    purposes &= tc.purposesConsent
    specialFeatures &= tc.specialFeatures
  }
  let mask = ~0
  if (copies.purposes !== undefined) for (const text of copies.purposes) mask &= bitsOf(text)
  if (copies.features !== undefined) for (const text of copies.features) specialFeatures &= bitsOf(text)
  return {
    valid: true,
    problem: '',
    purposes: purposes & mask,
    specialFeatures,
    purposesOf: (vendor, listing) => {
      let bits = purposesOf(only, vendor, listing) & mask
      for (const tc of others) bits &= purposesOf(tc, vendor, listing)
      return (copies.vendors ?? []).every((text) => text[vendor - 1] === '1') ? bits : 0
    },
    hasProvider: (provider) => {
      const lists = (copies.addtlConsent ?? [])
        .map((text) => decoders.addtlConsent(text))
        .filter(({ state }) => state !== 'absent')
      return lists.length > 0 && lists.every((list) => list.state === 'valid' && list.value.has(provider))
    },
  }
}

/** IAB Canada's strings, as Europe's. Purpose 1 does not exist there, so it is implied by any other. */
export function readCanadianConsent(
  strings: readonly Signal<TcString>[],
  span: Span,
  decoders: Pick<Decoders, 'addtlConsent'>,
): ConsentReading | undefined {
  const reading = readConsent(strings, span, decoders)
  if (reading === undefined || !reading.valid) return reading
  const withFirst = (bits: number): number => ((bits & ~1) === 0 ? 0 : bits | 1)
  return {
    ...reading,
    purposes: withFirst(reading.purposes),
    purposesOf: (vendor, listing) => withFirst(reading.purposesOf(vendor, listing)),
  }
}

function unusable(problem: string): ConsentReading {
  return { valid: false, problem, purposes: 0, specialFeatures: 0, purposesOf: () => 0, hasProvider: () => false }
}

/** `0101…`, number n at index n-1; anything but `1` is no. */
function bitsOf(text: string): number {
  let bits = 0
  for (let index = 0; index < Math.min(text.length, 30); index++) if (text[index] === '1') bits |= 1 << index
  return bits
}
