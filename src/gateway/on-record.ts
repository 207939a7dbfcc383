/** What the ledger has on record of this gateway itself: what it is held against at a start. */
import type { LedgerArchive } from '../ledger/ports.ts'
import type { Row } from '../ledger/row.ts'
import { type Contradiction, otherKey } from './accepted-losses.ts'

export interface OnRecord {
  /** Fingerprints of the keys at the last start, by name; empty where none recorded any. */
  readonly keys: Readonly<Record<string, string>>
  /** The highest revision that was ever announced, and its digest; undefined where none was. */
  readonly revision: { readonly number: number; readonly digest: string } | undefined
  /** Revisions up to this number are lost, and somebody accepted it. */
  readonly revisionsAccepted: number
  /** Events that had been taken in by the last start. */
  readonly eventsTaken: number
  /** Partners whose last switch on record is a stop; `all` for everybody. */
  readonly stopped: readonly string[]
  /** Notes of other histories at an anchor that somebody accepted. */
  readonly acceptedNotes: ReadonlySet<string>
}

/** Prefix of the facts of `started` that hold a key's fingerprint. */
export const KEY_FACT = 'key_'
/** CONTROL record of what a start was told to accept. */
export const LOSS_ACCEPTED = 'loss_accepted'
/** CONTROL records that say which revision is live. */
export const REVISION_ACTIONS: readonly string[] = ['started', 'adopted', 'published', 'lapsed', 'rollout_stopped']
const PAGE = 1_000

export async function readOnRecord(archive: Pick<LedgerArchive, 'find'>): Promise<OnRecord> {
  let keys: Record<string, string> = {}
  let revision: OnRecord['revision']
  let eventsTaken = 0
  const acceptedNotes = new Set<string>()
  for (const action of REVISION_ACTIONS)
    for await (const { number, digest } of revisionsIn(archive, action))
      if (number > (revision?.number ?? 0)) revision = { number, digest }
  for await (const facts of factsOf(archive, 'started')) {
    const fingerprints = Object.entries(facts).filter(([name]) => name.startsWith(KEY_FACT))
    if (fingerprints.length > 0)
      keys = Object.fromEntries(fingerprints.map(([name, value]) => [name.slice(KEY_FACT.length), String(value)]))
    eventsTaken = Number(facts.events ?? 0)
  }
  let revisionsAccepted = 0
  for await (const { accept, note, named } of factsOf(archive, LOSS_ACCEPTED)) {
    if (accept === 'anchored-history') acceptedNotes.add(String(note))
    if (accept === 'lost-revisions') revisionsAccepted = Math.max(revisionsAccepted, Number(named ?? 0))
  }
  return { keys, revision, revisionsAccepted, eventsTaken, stopped: await stoppedOnRecord(archive), acceptedNotes }
}

/** The last word on each switch: a stop is recorded once it is in force, a resume before it is. */
async function stoppedOnRecord(archive: Pick<LedgerArchive, 'find'>): Promise<readonly string[]> {
  const last = new Map<string, { readonly seq: number; readonly stopped: boolean }>()
  for (const action of ['stopped', 'resumed'])
    for await (const { seq, facts } of rowsOf(archive, action)) {
      const partner = String(facts.partner)
      if ((last.get(partner)?.seq ?? -1) < seq) last.set(partner, { seq, stopped: action === 'stopped' })
    }
  return [...last].flatMap(([partner, { stopped }]) => (stopped ? [partner] : [])).sort()
}

async function* revisionsIn(archive: Pick<LedgerArchive, 'find'>, action: string) {
  for await (const { revision, digest } of factsOf(archive, action))
    if (typeof revision === 'number') yield { number: revision, digest: typeof digest === 'string' ? digest : '' }
}

async function* factsOf(archive: Pick<LedgerArchive, 'find'>, action: string) {
  for await (const { facts } of rowsOf(archive, action)) yield facts
}

interface FactRow {
  readonly seq: number
  readonly facts: Readonly<Record<string, unknown>>
}

async function* rowsOf(archive: Pick<LedgerArchive, 'find'>, action: string): AsyncGenerator<FactRow> {
  for (let after: number | undefined; ; ) {
    const query = { kind: 'control', action, limit: PAGE, ...(after === undefined ? {} : { after }) } as const
    const { records, next } = await archive.find(query)
    for (const row of records) yield { seq: Number(row.seq), facts: factsIn(row) }
    if (next === undefined) return
    after = next
  }
}

/** Sound: a CONTROL record in words has its facts as an object. */
function factsIn({ facts }: Row): Readonly<Record<string, unknown>> {
  return (facts ?? {}) as Readonly<Record<string, unknown>>
}

/** What was found at a start, beside what is on record. */
export interface Found {
  readonly keys: Readonly<Record<string, string>>
  readonly revision: { readonly number: number; readonly digest: string }
  readonly eventsTaken: number
}

export function contradictions(onRecord: OnRecord, found: Found): readonly Contradiction[] {
  return [...changedKeys(onRecord, found), ...otherRevision(onRecord, found), ...fewerEvents(onRecord, found)]
}

function changedKeys(onRecord: OnRecord, { keys }: Found): readonly Contradiction[] {
  return Object.entries(keys).flatMap(([name, fingerprint]) => {
    const before = onRecord.keys[name]
    // The signing key has a way of its own to be followed by another: see `unannouncedSigningKey`.
    if (before === undefined || before === fingerprint || name === 'signing') return []
    return [otherKey(name, `key ${name}: is not the key of the last start.`)]
  })
}

function otherRevision(onRecord: OnRecord, { revision }: Found): readonly Contradiction[] {
  const { number = 0, digest = '' } = onRecord.revision ?? {}
  const lost = { accept: 'lost-revisions', remedy: 'Put the folder `revisions` back from a backup.' } as const
  if (number > revision.number && number > onRecord.revisionsAccepted) {
    const says = `revisions: the newest is ${revision.number}, and the ledger names ${number}, so what was published since would be undone and its numbers given again.`
    return [{ ...lost, says, facts: { newest: revision.number, named: number } }]
  }
  if (number !== revision.number || digest === '' || digest === revision.digest) return []
  const says = `revisions: number ${number} is not the one that the ledger names under this number.`
  return [{ ...lost, says, facts: { newest: revision.number, named: number } }]
}

function fewerEvents(onRecord: OnRecord, { eventsTaken }: Found): readonly Contradiction[] {
  const missing = onRecord.eventsTaken - eventsTaken
  if (missing <= 0) return []
  return [
    {
      accept: 'lost-events',
      says: `intake: ${missing} accepted events that were there at the last start are in none of its files.`,
      remedy: 'Put the folder `intake` back as it was.',
      facts: { missing },
    },
  ]
}
