/** `ledger/…`: the public data of the ledger and, for staff, its records. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { RecordName } from '../../ledger/ports.ts'
import { type ServedOr, sizeOf } from '../../ledger/served.ts'
import { tilePath } from '../../ledger/tile-path.ts'
import { GatewayError } from '../../model/errors.ts'
import { type Route, route } from '../route.ts'

const READERS = ['auditor', 'privacy_officer'] as const
const BASE64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const SEQ = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const CHECKPOINT = z.strictObject({
  size: z.int().min(0).describe('Number of covered records.'),
  note: z.string().describe('The signed note (C2SP tlog-checkpoint), verbatim.'),
  trust: z.array(z.string()).describe('Verifier keys that checkpoints were signed under, oldest first.'),
})
/** Kinds that a query may name. */
export const RECORD_KINDS = [
  'intent',
  'outcome',
  'withheld',
  'control',
  'request',
  'notice',
  'notice_outcome',
  'notice_end',
  'receipt',
  'case',
  'by_hand',
] as const
/** A record of any kind; further keys depend on the kind. */
export const RECORD = z
  .looseObject({
    seq: z.int().min(0),
    hash: z.string().describe('RFC 6962 leaf hash, hex.'),
    kind: z.enum(RECORD_KINDS).optional(),
    time: z.int().optional().describe('Epoch milliseconds.'),
  })
  .describe('One record; see docs/ledger-format.md.')
export const RECORD_NAME = z.strictObject({
  record: z
    .union([z.string().regex(/^(?:0|[1-9][0-9]{0,14})$/), z.string().regex(UUID)])
    .describe('A sequence number, or the disclosure id of an INTENT.'),
})
const TILE = z.strictObject({
  level: z.coerce.number().int().min(0).max(7),
  index: SEQ,
})
const WIDTH = z.strictObject({
  width: z.coerce.number().int().min(1).max(256).default(256).describe('Number of hashes; below 256 a partial tile.'),
})

export const LEDGER_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/ledger/checkpoint',
    id: 'readCheckpoint',
    summary: 'Returns the newest signed checkpoint and the keys to verify it.',
    roles: READERS,
    answers: { 200: { says: 'The checkpoint.', shape: CHECKPOINT } },
    errors: ['ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'the newest' }],
    handler:
      ({ archive }) =>
      async () => {
        const note = textOf(await archive.serve('checkpoint'))
        const trust = textOf(await archive.serve('trust'))
        return { body: { size: sizeOf(note), note, trust: trust.trimEnd().split('\n') } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/tiles/{level}/{index}',
    id: 'readTile',
    summary: 'Returns tree hashes, 32 bytes each, concatenated (C2SP tlog-tiles).',
    roles: READERS,
    params: TILE,
    query: WIDTH,
    answers: { 200: { says: 'The tile.', types: ['application/octet-stream'] } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_PRUNED', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'beyond the end', params: { level: '0', index: '999999' }, status: 404 }],
    handler:
      ({ archive }) =>
      async ({ params: { level, index }, query: { width } }) => {
        const { body, type } = requireServed(await archive.serve(`tile/${tilePath({ level, index, width })}`))
        return { stream: Readable.from([body]), type }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/consistency',
    id: 'proveConsistency',
    summary: 'Proves that the ledger of `to` records continues the one of `from` records.',
    roles: READERS,
    query: z.strictObject({ from: SEQ, to: SEQ }),
    answers: { 200: { says: 'RFC 6962 hashes.', shape: z.strictObject({ hashes: z.array(BASE64) }) } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_PRUNED', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'nothing continues nothing', query: { from: '0', to: '0' } }],
    handler:
      ({ archive }) =>
      async ({ query: { from, to } }) => {
        const text = textOf(await archive.serve(`consistency/${from}/${to}`))
        return { body: { hashes: text.split('\n').filter((line) => line !== '') } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/records/{record}',
    id: 'readRecord',
    summary: 'Returns one record, decoded and as the bytes that the tree commits to.',
    roles: READERS,
    params: RECORD_NAME,
    answers: { 200: { says: 'The record.', shape: RECORD.extend({ leaf: BASE64.describe('The bytes.') }) } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      { title: 'the first record', params: { record: '0' } },
      { title: 'no record', params: { record: '999999999' }, status: 404 },
    ],
    handler:
      ({ archive }) =>
      async ({ params }) => {
        const record = await archive.record(nameOf(params.record))
        if (record === undefined) throw new GatewayError('ERR_NOT_FOUND')
        // Sound: `leafJson` gives these keys to every record.
        return { body: record as { seq: number; hash: string; leaf: string } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/records/{record}/proof',
    id: 'proveRecord',
    summary: 'Proves a record: a C2SP tlog-proof with the record as its extra data.',
    notes: '404 for up to a second, until a checkpoint covers a new record. Verify it with `sluice ledger verify`.',
    roles: READERS,
    params: RECORD_NAME,
    answers: { 200: { says: 'The proof.', types: ['text/plain'] } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_PRUNED', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'no record', params: { record: '999999999' }, status: 404 }],
    handler:
      ({ archive }) =>
      async ({ params }) => {
        const proof = await archive.proof(nameOf(params.record))
        if (proof === undefined) throw new GatewayError('ERR_NOT_FOUND')
        return { stream: Readable.from([proof]), type: 'text/plain; charset=utf-8' }
      },
  }),
]

export function nameOf(record: string): RecordName {
  return UUID.test(record) ? { id: record } : { seq: Number(record) }
}

function requireServed(served: ServedOr): Exclude<ServedOr, string> {
  if (served === 'unknown') throw new GatewayError('ERR_NOT_FOUND')
  if (served === 'pruned') throw new GatewayError('ERR_LEDGER_PRUNED')
  return served
}

function textOf(served: ServedOr): string {
  return Buffer.from(requireServed(served).body).toString('utf8')
}
