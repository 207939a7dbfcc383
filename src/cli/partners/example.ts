/** Exemplary cases, and a view with a value in every slot. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { FieldValues, View } from '../../model/values.ts'
import type { Connection } from '../../partners/kit/type.ts'
import { FULL_FIELDS } from '../../transform/full-fields.ts'

export interface ExemplaryCase {
  readonly file: string
  readonly title: string
  readonly connection: Connection
  readonly items: readonly { readonly view: View; readonly flags: readonly (keyof PrivacyFlags)[] }[]
  /** Of all items. */
  readonly flags: readonly (keyof PrivacyFlags)[]
}
/** One answer of a partner, in `cases/answers.json`. */
export interface AnswerCase {
  readonly status: number
  readonly body?: string
  readonly means: 'delivered' | 'again' | 'final'
}

export async function readExample(path: string): Promise<ExemplaryCase> {
  const read = JSON.parse(await readFile(path, 'utf8')) as Omit<ExemplaryCase, 'file' | 'flags'>
  return { ...read, file: basename(path), flags: read.items.flatMap(({ flags }) => flags) }
}

/** A view with these values, by default of an iPhone. */
export function viewOf(values: FieldValues, platform: 'ios' | 'android' = 'ios'): View {
  return { event: 'event', kind: 'track', app: { id: 'shop', bundle: 'com.example.shop', platform }, ...values }
}

/** A value in every slot, distinct from anything that a type writes by itself. */
export const EVERYTHING: FieldValues = {
  ...FULL_FIELDS,
  time: '2026-01-02T03:04:05.678Z',
  property: { sub1: 'property-4711', revenue: 6.5, currency: 'EUR', currency_code: 'EUR', value: 6.5 },
}
