/**
 * Disclosures made outside the gateway: to legal process, in a merger, for somebody's safety. What was disclosed to whom, and on
 * what ground, lies sealed in a file of its own; the ledger has one record of it, without text, and one for each person, sealed
 * under that person's own key, by which their statement finds it and after an erasure nobody does. A stated bar keeps it out of
 * statements until its day.
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
/** Records looked through at once: each is tried with every key of the person. */
const PAGE = 200
const ID_BYTES = 16
const BOUND = 'sluice disclosure by hand'
const OF_PERSON = 'disclosed_person'

/** Why data was handed over. */
export const GROUNDS = ['legal_process', 'merger', 'safety', 'rights', 'other'] as const
export type Ground = (typeof GROUNDS)[number]

export interface ByHand {
  /** 32 random hex digits. */
  readonly id: string
  readonly ground: Ground
  readonly recipient: string
  /** The law, order or contract that it rests on. */
  readonly basis: string
  readonly classes: readonly FieldClass[]
  /** What was handed over, in words. */
  readonly scope: string
  /** Where the papers are. */
  readonly document: string
  /** Days. */
  readonly at: EpochMs
  readonly recorded: EpochMs
  readonly by: string
  /** It was about everybody whose data there was. */
  readonly everyone: boolean
  /** People named so far of whom something is kept, and those of whom nothing is. */
  readonly people: number
  readonly unknown: number
  readonly bar?: { readonly until: EpochMs; readonly reason: string } | undefined
}

/** As a statement shows it. */
export interface StatedByHand {
  readonly at: string
  readonly recipient: string
  readonly ground: Ground
  readonly basis: string
  readonly classes: readonly FieldClass[]
  readonly scope: string
}

type Given = Omit<ByHand, 'id' | 'recorded' | 'people' | 'unknown'>
/** The identities of one person each. */
export type People = readonly (readonly IdentityKey[])[]

export interface DisclosuresByHand {
  /** On record and durable when it resolves. */
  record(given: Given, people: People): Promise<ByHand>
  /** More people, of a file too long for one call. Rejects with `ERR_NOT_FOUND`. */
  addPeople(id: string, people: People): Promise<ByHand>
  /** Keeps it out of statements until a day, or lets it be shown. Rejects with `ERR_NOT_FOUND`. */
  bar(id: string, by: string, bar: ByHand['bar']): Promise<ByHand>
  /** The newest first. */
  list(): Promise<readonly ByHand[]>
  /** Those about any of these identities that no bar keeps back. */
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
    // Sound: only `keep` writes what opens under this key.
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
  /** One record a person, under whichever of their keys there is. */
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
      // Sound: `about` above alone writes records of this action.
      yield Buffer.from((facts as { readonly subject: string }).subject, 'base64')
    }
    if (next === undefined) return
    after = next
  }
}

function sealingKey(subjectKey: Uint8Array): KeyObject {
  return createSecretKey(createHmac('sha256', subjectKey).update(BOUND).digest())
}
