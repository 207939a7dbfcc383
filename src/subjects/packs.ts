/**
 * Evidence packs that third parties can verify from the documentation alone: one for a partner and a time range, such as after
 * a breach, and a random sample that cannot be cherry-picked. Streamed as JSON lines: docs/evidence-packs.md.
 */
import { createHash } from 'node:crypto'
import type { EpochMs, Handle, IdentityKey } from '../model/brand.ts'
import { isNotSent } from '../model/disclosure.ts'
import { breachNotice } from './breach-notice.ts'
import type { RecordRow, Records } from './ports.ts'

export interface ProvedRecord {
  readonly record: number
  readonly leaf: string
  readonly proof: readonly string[]
}
export interface EvidenceRecord extends ProvedRecord {
  readonly row: RecordRow
  readonly outcome?: ProvedRecord & { readonly kind: string }
}
export interface ConcernedPerson {
  readonly identity: IdentityKey
  readonly disclosures: number
  readonly first: string
  readonly last: string
  readonly fields: Readonly<Record<string, readonly string[]>>
  readonly laws: readonly string[]
}

type Found = Awaited<ReturnType<Records['find']>>

export interface PackRecords {
  find(query: {
    readonly kind: 'intent'
    readonly partner: string
    readonly from: EpochMs
    readonly to: EpochMs
    readonly after: number
    readonly limit: number
  }): Promise<Found>
  serve(path: string): Promise<{ readonly body: Uint8Array } | 'unknown' | 'pruned'>
  evidence(seqs: readonly number[], size: number): Promise<readonly (EvidenceRecord | undefined)[]>
  concerned(query: {
    readonly partner: string
    readonly from: EpochMs
    readonly to: EpochMs
    readonly size: number
    readonly after?: number
  }): Promise<{ readonly people: readonly ConcernedPerson[]; readonly next?: number }>
}

export interface PackParts {
  readonly records: PackRecords
  readonly signer: { readonly origin: string; note(text: string): string }
  /** Lowest kept record. */
  readonly floor: () => number
  readonly handleFor: (keys: readonly IdentityKey[]) => Handle
  readonly partnerName: (partner: string) => string
  readonly contact: () => string
  readonly now: () => EpochMs
}

export interface BreachTerms {
  readonly partner: string
  readonly from: EpochMs
  readonly to: EpochMs
}
export interface SampleTerms {
  /** Number of disclosures to include. */
  readonly wanted: number
  /** Chosen by the requester, so that the operator cannot choose the sample. */
  readonly seed: string
  /** Size of a checkpoint that the requester remembers. Default: the newest. */
  readonly size?: number | undefined
}

export interface Packs {
  /** Lines without line feeds. Undefined before the first checkpoint. */
  breach(terms: BreachTerms): Promise<AsyncIterable<string> | undefined>
  /** Undefined if there is no checkpoint of that size, or none above the lowest kept record. */
  sample(terms: SampleTerms): Promise<AsyncIterable<string> | undefined>
}

const PAGE = 200
/** Records drawn for each wanted disclosure, plus a minimum. */
const DRAWS_EACH = 20
const DRAWS_LEAST = 1_000

interface Checkpoint {
  readonly note: string
  readonly size: number
  readonly root: string
}

export function createPacks(parts: PackParts): Packs {
  const { records, signer, now } = parts
  const checkpointOf = async (size?: number): Promise<Checkpoint | undefined> => {
    const served = await records.serve(size === undefined ? 'checkpoint' : `checkpoint/${size}`)
    if (served === 'unknown' || served === 'pruned') return undefined
    const note = Buffer.from(served.body).toString('utf8')
    const [, found, root = ''] = note.split('\n')
    return { note, size: Number(found), root }
  }
  const head = (kind: string, { note, size }: Checkpoint, terms: object) => ({
    sluice: 'pack v1',
    kind,
    origin: signer.origin,
    made: new Date(now()).toISOString(),
    size,
    checkpoint: note,
    ...terms,
  })
  return {
    breach: async (terms) => {
      const checkpoint = await checkpointOf()
      if (checkpoint === undefined) return undefined
      const { partner, from, to } = terms
      const window = { partner, from: new Date(from).toISOString(), to: new Date(to).toISOString() }
      const notice = breachNotice({ ...window, name: parts.partnerName(partner), contact: parts.contact() })
      return signed(signer, head('breach', checkpoint, { ...window, notice }), breachLines(parts, terms, checkpoint))
    },
    sample: async ({ wanted, seed, size }) => {
      const checkpoint = await checkpointOf(size)
      const floor = parts.floor()
      if (checkpoint === undefined || floor >= checkpoint.size) return undefined
      const draws = wanted * DRAWS_EACH + DRAWS_LEAST
      const terms = { wanted, seed, floor, draws }
      return signed(signer, head('sample', checkpoint, terms), sampleLines(records, terms, checkpoint))
    },
  }
}

type Counts = Readonly<Record<string, number>>

/** Yields the head, the lines, and an end that signs them all. */
async function* signed(
  { origin, note }: PackParts['signer'],
  head: { readonly kind: string; readonly made: string },
  lines: AsyncGenerator<object, Counts>,
): AsyncGenerator<string> {
  const digest = createHash('sha256')
  let count = 0
  const add = (value: object): string => {
    const line = JSON.stringify(value)
    digest.update(`${line}\n`)
    count++
    return line
  }
  yield add(head)
  let next = await lines.next()
  for (; next.done !== true; next = await lines.next()) yield add(next.value)
  const text = ['sluice pack v1', `origin ${origin}`, `kind ${head.kind}`, `time ${head.made}`, `lines ${count}`]
  const sealed = note([...text, `digest ${digest.digest('hex')}`, ''].join('\n'))
  yield JSON.stringify({ end: next.value, signed: sealed })
}

async function* breachLines(
  { records, handleFor }: PackParts,
  { partner, from, to }: BreachTerms,
  { size }: Checkpoint,
): AsyncGenerator<object, Counts> {
  let shown = 0
  for (let after: number | undefined = -1; after !== undefined; ) {
    const page: Found = await records.find({
      kind: 'intent',
      partner,
      from,
      to,
      after,
      limit: PAGE,
    })
    const seqs = page.records.map(({ seq }) => Number(seq)).filter((seq) => seq < size)
    for (const one of await records.evidence(seqs, size)) {
      if (one === undefined || isNotSent(one.outcome?.kind)) continue
      shown++
      yield lineOf(one)
    }
    after = page.next
  }
  let people = 0
  let ofPeople = 0
  for (let after: number | undefined = -1; after !== undefined; ) {
    const page: Awaited<ReturnType<PackRecords['concerned']>> = await records.concerned({
      partner,
      from,
      to,
      size,
      after,
    })
    for (const { identity, ...rest } of page.people) {
      people++
      ofPeople += rest.disclosures
      yield { person: handleFor([identity]), ...rest }
    }
    after = page.next
  }
  return { records: shown, people, of_nobody: shown - ofPeople }
}

async function* sampleLines(
  records: PackRecords,
  { wanted, seed, floor, draws }: { wanted: number; seed: string; floor: number; draws: number },
  { size, root }: Checkpoint,
): AsyncGenerator<object, Counts> {
  const seen = new Set<number>()
  let disclosures = 0
  for (let n = 0; n < draws && disclosures < wanted && seen.size < size - floor; n++) {
    const hash = createHash('sha256').update(`sluice sample v1\n${root}\n${seed}\n${n}\n`).digest()
    const seq = floor + Number(hash.readBigUInt64BE() % BigInt(size - floor))
    if (seen.has(seq)) continue
    seen.add(seq)
    const [one] = await records.evidence([seq], size)
    if (one === undefined) throw new Error('a record above the floor is not kept')
    if (one.row.kind === 'intent') disclosures++
    yield lineOf(one)
  }
  return { records: seen.size, disclosures }
}

function lineOf({ record, leaf, proof, row, outcome }: EvidenceRecord): object {
  const { kind, ...proved } = outcome ?? { kind: 'open' }
  return {
    record,
    leaf,
    proof,
    ...(outcome === undefined ? {} : { outcome: proved }),
    ...(row.kind === 'intent' ? { says: saysOf(row, kind) } : {}),
  }
}

function saysOf(row: RecordRow, outcome: string): object {
  const { time, partner, app, event, regime: law, why, role, purposes, countries, revision, treatments } = row
  const at = new Date(Number(time)).toISOString()
  return { at, partner, app, event, law, why, role, purposes, countries, revision, treatments, outcome }
}
