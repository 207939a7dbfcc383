/** The ops API's JSON form of configuration changes. */
import { z } from 'zod'
import { KINDS } from '../diff/differences.ts'
import { CHANGES } from '../model/contract.ts'
import type { Changes } from '../publish/drafts.ts'

const FILE = z
  .string()
  .min(1)
  .max(100)
  .describe('`policy.yaml`, `apps.yaml`, `defaults.yaml`, or `partners/<id>.yaml`.')
/** A number in a path. */
export const NUMBER = z.coerce.number().int().min(1).max(999_999_999)

export const CHANGES_BODY = z.strictObject({
  edits: z
    .array(
      z.strictObject({
        file: FILE,
        path: z
          .array(z.union([z.string().min(1).max(200), z.int().min(0)]))
          .min(1)
          .max(20),
        value: z.unknown().describe('Null removes the value.'),
      }),
    )
    .max(1_000)
    .default([])
    .describe('Single values; the file keeps its comments and order.'),
  files: z.record(FILE, z.string().max(2_097_152).nullable()).default({}).describe('Whole files; null removes one.'),
})

export function changesOf({ edits, files }: z.output<typeof CHANGES_BODY>): Changes {
  return { edits: edits.map(({ file, path, value = null }) => ({ file, path, value })), files }
}

export const DIFF = z.strictObject({
  change: z.enum(CHANGES),
  words: z.string().describe('The whole change in sentences.'),
  differences: z.array(
    z.strictObject({
      about: z.string().describe('A partner, `policy`, or `app <id>`.'),
      kind: z.enum(KINDS),
      what: z.string(),
      from: z.string(),
      to: z.string(),
      direction: z.enum(['wider', 'narrower', 'both', 'none']),
      who: z
        .record(z.string(), z.array(z.string()))
        .describe('Audience → places (`US`, `US-CA`; empty for all others). None: everyone, everywhere.'),
    }),
  ),
})
