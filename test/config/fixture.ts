/** A small configuration that is right, for tests to break in one place at a time. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type LoadResult, loadConfig, type PartnerTypes } from '../../src/contracts/load.ts'
import type { Problem } from '../../src/model/problem.ts'
import type { RegisteredType } from '../../src/partners/kit/envelope-limits.ts'
import { webhook } from '../../src/partners/webhook/index.ts'

/** 2026-11-15, when the fixture's agreement still runs. */
export const NOW = Date.UTC(2026, 10, 15)

export const GATEWAY = 'data: ./data\nallow_loopback_partners: true\n'

export const APPS = `apps:
  - id: shop-ios
    name: Shop
    write_keys: [live-key-0001]
    retired_keys: [old-key-0001]
`

export const POLICY = `date: 2018-05-22
default_regime: strict
regimes:
  strict:
    law: None
    law_date: 2018-05-22
    sure: Sure
    consent_required: true
    rules:
      sale: only_if_opted_in
      sharing: only_if_opted_in
      targeted_advertising: only_if_opted_in
      precise_location: only_if_opted_in
  us:
    law: CCPA
    law_date: 2020-11-03
    sure: Fairly
    consent_required: false
    rules:
      sale: { default: unless_opted_out, 13_15: only_if_opted_in }
      sharing: unless_opted_out
      targeted_advertising: unless_opted_out
      precise_location: only_if_opted_in
places: { US: us, US-CA: us, DE: strict }
`

export const ACME = `id: acme
name: Acme
type: webhook
role: service_provider
agreement: { ref: DPA-1, until: 2027-12-31 }
purposes: [analytics]
countries: [US]
privacy_policy: https://acme.example/privacy
contact: privacy@acme.example
apps: [shop-ios]
events:
  Order Completed: { as: purchase, properties: { revenue: value } }
share:
  ip: [24, 48]
  os: pass
connection: { url: https://acme.example/hook }
`

export const FILES: Readonly<Record<string, string>> = {
  'gateway.yaml': GATEWAY,
  'apps.yaml': APPS,
  'policy.yaml': POLICY,
  'partners/acme.yaml': ACME,
}

/** A type in the shape of design.md's example: one secret, no place for coordinates or e-mail. */
const META: RegisteredType = {
  type: 'meta_capi',
  doc: 'a type for tests',
  connection: z.strictObject({
    dataset: z.string(),
    token: z.union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })]),
  }),
  sample: { connection: { dataset: '123', token: { env: 'META_TOKEN' } }, view: {} },
  abilities: { advertising_id: 2, ip: 32 * 256 + 128, place: 4, os: 2, property: 1 },
  secrets: ['token'],
  maxBatch: 50,
  envelopeLimits: () => ({ maxItems: 50, maxBytes: 1_000_000 }),
  deduplicates: () => true,
  encoder: () => ({
    item: () => ({ kind: 'item', bytes: '{}' }),
    envelope: () => ({ method: 'POST', origin: 'https://meta.example', path: '/', headers: {}, body: '' }),
    respond: ({ status }) => ({ kind: 'delivered', status }),
    constants: [],
  }),
}

export const TYPES: PartnerTypes = new Map([
  ['webhook', webhook],
  ['meta_capi', META],
])

/** Writes a folder, runs, removes it. A file given as `undefined` is left out. */
export async function withFolder<T>(
  files: Readonly<Record<string, string | undefined>>,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-config-'))
  try {
    await mkdir(join(folder, 'partners'))
    for (const [name, text] of Object.entries(files)) {
      if (text === undefined) continue
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function load(files: Readonly<Record<string, string | undefined>>, types = TYPES): Promise<LoadResult> {
  return withFolder(files, async (folder) => relative(await loadConfig(folder, types, NOW), folder))
}

/** Takes the temporary folder off the file names. */
function relative(result: LoadResult, folder: string): LoadResult {
  const strip = (list: readonly Problem[]): readonly Problem[] =>
    list.map((one) => ({ ...one, file: one.file.slice(folder.length + 1) }))
  const warnings = strip(result.warnings)
  return result.ok ? { ...result, warnings } : { ...result, problems: strip(result.problems), warnings }
}

/** `text` with the only occurrence of `from` replaced. */
export function edit(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`the fixture holds «${from}» ${text.split(from).length - 1} times`)
  return text.replace(from, () => to)
}
