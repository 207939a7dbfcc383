/** Records of what other forwarders send to partners: an event, their settings, the request, and where personal data lands. */
import type { JsonObject } from '../../../src/model/brand.ts'

/** One value's way: a JSON pointer into the event, one into the request (`/params/…`, `/headers/…`, `/body/json/…`). */
export interface Landing {
  readonly from: string
  readonly to: string
  /** `plain`, `sha256`, `case-folded` or `inside string`. */
  readonly as: string
}
export interface PartnerVector {
  readonly id: string
  readonly partner: string
  readonly input: JsonObject
  readonly destination_config: JsonObject
  /** One request, or a list where one event makes several. */
  readonly expected: unknown
  readonly pii_landing: readonly Landing[]
}

/** A file's cases; undefined for a file that holds anything else. */
export function readPartnerVectors(text: string): readonly PartnerVector[] | undefined {
  const value = parse(text)
  return Array.isArray(value) && value.length > 0 && value.every(isPartnerVector) ? value : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whoever judges the folder's other files reports what cannot be read.
    return undefined
  }
}

function isPartnerVector(value: unknown): value is PartnerVector {
  if (typeof value !== 'object' || value === null) return false
  const {
    id,
    partner,
    input,
    destination_config: config,
    pii_landing: landing,
  } = value as Partial<Record<keyof PartnerVector, unknown>>
  const isObject = (one: unknown): boolean => typeof one === 'object' && one !== null
  return (
    typeof id === 'string' &&
    typeof partner === 'string' &&
    isObject(input) &&
    isObject(config) &&
    Array.isArray(landing) &&
    'expected' in value
  )
}
