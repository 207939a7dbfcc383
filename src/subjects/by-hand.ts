/**
 * Disclosures made outside the gateway: for legal process, in a merger, for safety. The details are sealed in a file. The
 * ledger has one record without text, and one for each subject, sealed under the subject's key, by which their statement finds
 * it until an erasure. A bar keeps a disclosure out of statements until a given day.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { FieldClass } from '../model/field-class.ts'
import { createInTurn } from '../platform/in-turn.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import { countClass } from './erase.ts'
import type { ListedFiles, Records, SubjectKeys } from './ports.ts'

const DAY_MS = 86_400_000
/** Records read at once: each is tried with every key of the subject. */
const PAGE = 200
const ID_BYTES = 16
const BOUND = 'sluice disclosure by hand'
const OF_PERSON = 'disclosed_person'

/** The ground of a disclosure. */
export const GROUNDS = ['legal_process', 'merger', 'safety', 'rights', 'other'] as const
export type Ground = (typeof GROUNDS)[number]

export interface ByHand {
  /** 32 random hex digits. */
  readonly id: string
  readonly ground: Ground
  readonly recipient: string
  /** The law, order or contract behind it. */
  readonly basis: string
  readonly classes: readonly FieldClass[]
  /** Description of the disclosed data. */
  readonly scope: string
  /** Location of the documents. */
  readonly document: string
  /** Days. */
  readonly at: EpochMs
  readonly recorded: EpochMs
  readonly by: string
  /** It concerned all subjects. */
  readonly everyone: boolean
  /** Named subjects with and without stored data. */
  readonly people: number
  readonly unknown: number
  readonly bar?: { readonly until: EpochMs; readonly reason: string } | undefined
}

/** As shown in a statement. */
export interface StatedByHand {
  readonly at: string
  readonly recipient: string
  readonly ground: Ground
  readonly basis: string
  readonly classes: readonly FieldClass[]
  readonly scope: string
}

type Given = Omit<ByHand, 'id' | 'recorded' | 'people' | 'unknown'>
/** The identities of each subject. */
export type People = readonly (readonly IdentityKey[])[]

export interface DisclosuresByHand {
  /** Resolves once durable and on record. */
  record(given: Given, people: People): Promise<ByHand>
  /** Adds subjects, for a file too long for one call. Rejects with `ERR_NOT_FOUND`. */
  addPeople(id: string, people: People): Promise<ByHand>
  /** Hides it from statements until a day, or shows it. Rejects with `ERR_NOT_FOUND`. */
  bar(id: string, by: string, bar: ByHand['bar']): Promise<ByHand>
  /** Newest first. */
  list(): Promise<readonly ByHand[]>
  /** Disclosures about any of these identities, without barred ones. */
  of(identities: readonly IdentityKey[]): Promise<readonly StatedByHand[]>
}

export function createDisclosuresByHand(parts: {
  readonly files: ListedFiles
  readonly secret: Uint8Array
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly records: Pick<Records, 'find'>
  readonly keys: SubjectKeys
  readonly random: RandomBytes
  readonly now: () => EpochMs
}): DisclosuresByHand {
  const { files, ledger, records, keys, random, now } = parts
  const nonce = nonceSource(random)
  const key = createSecretKey(createHmac('sha256', parts.secret).update(BOUND).digest())
  const inTurn = createInTurn()
  const today = (): EpochMs => now() - (now() % DAY_MS)

  const keep = async (one: ByHand): Promise<ByHand> => {
    await files.write(one.id, seal(key, nonce(), one.id, JSON.stringify(one)), one.recorded)
    return one
  }
  const read = async (id: string): Promise<ByHand | undefined> => {
    const sealed = await files.read(id)
    const text = sealed === undefined ? undefined : unseal(key, id, sealed)
    // Sound: only `keep` writes under this key.
    return text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as ByHand)
  }
  const requireOne = async (id: string): Promise<ByHand> => {
    const one = await read(id)
    if (one === undefined) throw new GatewayError('ERR_NOT_FOUND')
    return one
  }
  const act = (action: string, facts: Readonly<Record<string, string | number>>): LedgerEntry => ({
    kind: 'by_hand',
    time: today(),
    action,
    facts,
  })
  /** Appends one record for each subject, under one of the subject's keys. */
  const about = async (one: ByHand, people: People): Promise<ByHand> => {
    const ofPeople = people.flatMap((identities): readonly LedgerEntry[] => {
      const own = identities.flatMap((identity) => keys.all(identity))[0]
      if (own === undefined) return []
      const subject = Buffer.from(seal(sealingKey(own.key), nonce(), BOUND, one.id)).toString('base64')
      return [act(OF_PERSON, { subject })]
    })
    if (ofPeople.length > 0) await ledger.append(ofPeople)
    const unknown = people.length - ofPeople.length
    return keep({ ...one, people: one.people + ofPeople.length, unknown: one.unknown + unknown })
  }

  return {
    record: (given, people) =>
      inTurn(async () => {
        const id = Buffer.from(random(ID_BYTES)).toString('hex')
        const one = await keep({ ...given, id, recorded: today(), people: 0, unknown: 0 })
        const { ground, everyone, by: actor, at, classes, bar } = one
        await ledger.append([
          act('disclosed', {
            disclosure: id,
            ground,
            actor,
            at,
            classes: classes.join(' '),
            people: everyone ? 'everyone' : countClass(people.length),
            ...(bar === undefined ? {} : { barred_until: bar.until }),
          }),
        ])
        return about(one, people)
      }),
    addPeople: (id, people) => inTurn(async () => about(await requireOne(id), people)),
    bar: (id, by, bar) =>
      inTurn(async () => {
        const one = await keep({ ...(await requireOne(id)), bar })
        const facts = { disclosure: id, actor: by, ...(bar === undefined ? {} : { barred_until: bar.until }) }
        await ledger.append([act(bar === undefined ? 'bar_lifted' : 'barred', facts)])
        return one
      }),
    list: async () => {
      const found = await Promise.all((await files.names()).map(read))
      return found
        .filter((one) => one !== undefined)
        .toSorted((a, b) => b.recorded - a.recorded || (a.id < b.id ? -1 : 1))
    },
    of: async (identities) => {
      const own = identities.flatMap((identity) => keys.all(identity).map(({ key: one }) => sealingKey(one)))
      const all = own.length === 0 ? [] : (await Promise.all((await files.names()).map(read))).filter(isThere)
      if (all.length === 0) return []
      const ids = new Set<string>()
      for await (const subject of subjectsIn(records)) {
        const opened = own.map((one) => unseal(one, BOUND, subject)).find((text) => text !== undefined)
        if (opened !== undefined) ids.add(opened.toString('utf8'))
      }
      return all
        .filter(({ id, everyone, bar }) => (everyone || ids.has(id)) && !(bar !== undefined && today() < bar.until))
        .toSorted((a, b) => a.at - b.at)
        .map(({ at, recipient, ground, basis, classes, scope }) => ({
          at: new Date(at).toISOString(),
          recipient,
          ground,
          basis,
          classes,
          scope,
        }))
    },
  }
}

function isThere(one: ByHand | undefined): one is ByHand {
  return one !== undefined
}

async function* subjectsIn(records: Pick<Records, 'find'>): AsyncGenerator<Uint8Array> {
  for (let after: number | undefined; ; ) {
    const query = { kind: 'by_hand', action: OF_PERSON, limit: PAGE, ...(after === undefined ? {} : { after }) }
    const { records: rows, next } = await records.find(query)
    for (const { facts } of rows) {
      // Sound: only `about` above writes records of this action.
      yield Buffer.from((facts as { readonly subject: string }).subject, 'base64')
    }
    if (next === undefined) return
    after = next
  }
}

function sealingKey(subjectKey: Uint8Array): KeyObject {
  return createSecretKey(createHmac('sha256', subjectKey).update(BOUND).digest())
}
