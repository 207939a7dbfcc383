/**
 * The address book: which identifier of whom went to which partner, kept before it goes. What is kept already costs a look
 * into memory; a partner that is never told costs nothing.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AddressBook, Addressed, SentIdentifier } from '../flow/addresses.ts'
import type { IdentityKey, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { FieldClass } from '../model/field-class.ts'
import { TOLD_VERBS } from '../partners/kit/notices.ts'
import { dayOf } from './log.ts'
import type { AddressEntry, NoticeStore } from './ports.ts'
import { identifierFor, isTold, type Types } from './terms.ts'

const NOTHING = { class: '', kind: '', value: '' }
/** Remembered, about 150 bytes each. */
const REMEMBERED = 50_000
/** An address is kept as long after its last use as records are; what was noted within so many days is not noted again. */
const NOTED_DAYS_MS = 7 * 86_400_000

export interface BookParts {
  readonly store: Pick<NoticeStore, 'keep'>
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly types: Types
  /** The identity among these that an identifier of this class is; undefined where it is none. */
  readonly identityOf: (of: FieldClass, keys: readonly IdentityKey[]) => IdentityKey | undefined
  /** Random, for this process: what is remembered says nothing. */
  readonly salt: string
}

export interface Book extends AddressBook {
  /** Forgets what it remembers of anybody. */
  forget(): void
}

export function createBook({ store, contractOf, types, identityOf, salt }: BookParts): Book {
  const noted = new LRUCache<string, number>({ max: REMEMBERED })

  /** Only what some call takes: nobody could be told by anything else. */
  const isUseful = (contract: ContractPlan, identifier: SentIdentifier): boolean =>
    TOLD_VERBS.some((verb) => {
      const ability = isTold(contract, verb) ? types.get(contract.type)?.notices?.calls[verb] : undefined
      return ability !== undefined && identifierFor(ability, identifier) !== undefined
    })

  const entriesOf = ({ partner, app, at, identityKeys, identifiers }: Addressed): readonly AddressEntry[] => {
    const [owner] = identityKeys
    const contract = contractOf(partner)
    // Without anybody there is no key to seal it under, and nobody to ask for it.
    if (owner === undefined || contract === undefined || !TOLD_VERBS.some((verb) => isTold(contract, verb))) return []
    const entry = { partner, app, owner, day: dayOf(at) }
    const useful = identifiers.filter((identifier) => isUseful(contract, identifier))
    // The partner has something of theirs all the same, and cannot be told.
    if (useful.length === 0) return [entry]
    return useful.map((identifier) => {
      const finder = identityOf(identifier.class, identityKeys)
      return { ...entry, identifier, ...(finder && { finder }) }
    })
  }

  return {
    keep: (sent) => {
      const fresh = new Map<string, AddressEntry>()
      for (const one of sent)
        for (const entry of entriesOf(one)) {
          const { partner, app, owner, identifier, day } = entry
          const { class: of, kind, value } = identifier ?? NOTHING
          const name = hash('sha256', [salt, owner, partner, app, of, kind, value].join('\0'), 'base64')
          const before = noted.get(name)
          if (before === undefined || day - before >= NOTED_DAYS_MS) fresh.set(name, entry)
        }
      if (fresh.size === 0) return undefined
      return store.keep([...fresh.values()]).then(() => {
        for (const [name, { day }] of fresh) noted.set(name, day)
      })
    },
    forget: () => noted.clear(),
  }
}
