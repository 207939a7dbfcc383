/**
 * The address book: records which identifiers a partner receives, before they are sent. A known address costs one look-up in
 * memory; a partner without notices costs nothing.
 */
import { hash } from 'node:crypto'
import type { AddressBook, Addressed, SentIdentifier } from '../flow/addresses.ts'
import type { IdentityKey, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { FieldClass } from '../model/field-class.ts'
import { Recent } from '../model/recent.ts'
import { TOLD_VERBS } from '../partners/kit/notices.ts'
import { dayOf } from './log.ts'
import type { AddressEntry, NoticeStore } from './ports.ts'
import { identifierFor, notifies, type Types } from './terms.ts'

const NOTHING = { class: '', kind: '', value: '' }
/** About 150 bytes each. */
const CACHED_ADDRESSES = 50_000
/** An address is stored again after this time: it is pruned by the day of its last use. */
const REFRESH_MS = 7 * 86_400_000

export interface AddressBookParts {
  readonly store: Pick<NoticeStore, 'keep'>
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly types: Types
  /** The identity among these that an identifier of this class represents, if any. */
  readonly identityOf: (of: FieldClass, keys: readonly IdentityKey[]) => IdentityKey | undefined
  /** Random per process: cache keys reveal nothing. */
  readonly salt: string
}

export interface ClearableAddressBook extends AddressBook {
  /** Clears the cache. */
  forget(): void
}

export function createAddressBook({
  store,
  contractOf,
  types,
  identityOf,
  salt,
}: AddressBookParts): ClearableAddressBook {
  const empty = () => new Recent<string, number>({ max: CACHED_ADDRESSES })
  let storedOn = empty()

  /** True if some call of the partner accepts the identifier. */
  const isUseful = (contract: ContractPlan, identifier: SentIdentifier): boolean =>
    TOLD_VERBS.some((verb) => {
      const ability = notifies(contract, verb) ? types.get(contract.type)?.notices?.calls[verb] : undefined
      return ability !== undefined && identifierFor(ability, identifier) !== undefined
    })

  const entriesOf = ({ partner, app, at, identityKeys, identifiers }: Addressed): readonly AddressEntry[] => {
    const [owner] = identityKeys
    const contract = contractOf(partner)
    // Without an owner there is no key to seal the address.
    if (owner === undefined || contract === undefined || !TOLD_VERBS.some((verb) => notifies(contract, verb))) return []
    const entry = { partner, app, owner, day: dayOf(at) }
    const useful = identifiers.filter((identifier) => isUseful(contract, identifier))
    // The partner receives data, but cannot be notified.
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
          const last = storedOn.get(name)
          if (last === undefined || day - last >= REFRESH_MS) fresh.set(name, entry)
        }
      if (fresh.size === 0) return undefined
      return store.keep([...fresh.values()]).then(() => {
        for (const [name, { day }] of fresh) storedOn.set(name, day)
      })
    },
    forget: () => {
      storedOn = empty()
    },
  }
}
