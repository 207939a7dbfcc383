/** Stores addresses, each sealed under its subject's key, and finds them while the key exists. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { IdentityKey, PartnerId } from '../model/brand.ts'
import { seal, unseal } from '../platform/seal.ts'
import type { AddressEntry, AddressKeys, FoundAddress, NoticeLog, NoticeText } from './ports.ts'
import type { AddressRecord, NoticeTables } from './store.ts'

const NOTHING = { class: '', kind: '', value: '' }
/** The sealed part of an address. */
type AddressText = Pick<AddressEntry, 'app' | 'identifier'> & Pick<NoticeText, 'finder' | 'originToken'>

export interface AddressLogParts {
  readonly tables: Pick<NoticeTables, 'transact' | 'putAddress' | 'addressesOf' | 'addressesFoundBy' | 'sealAddress'>
  readonly keys: Pick<AddressKeys, 'newest' | 'all'>
  readonly nonce: () => Uint8Array
  readonly markOf: (...of: readonly (string | number)[]) => Uint8Array
  readonly finderOf: (identity: IdentityKey) => Uint8Array
}

export function createAddressLog({
  tables,
  keys,
  nonce,
  markOf,
  finderOf,
}: AddressLogParts): Pick<NoticeLog, 'keep' | 'attach' | 'find'> {
  const sealingKey = (key: Uint8Array): KeyObject =>
    createSecretKey(createHmac('sha256', key).update('sluice address book').digest())

  // Sound: only `keep` and `attach` write the table.
  const textOf = ({ subject, owner, partner, sealed }: AddressRecord) => {
    const kept = keys.all(owner as IdentityKey).find(({ id }) => id === subject)
    const key = kept && sealingKey(kept.key)
    const text = key && unseal(key, partner, sealed)
    return text && { key, text: JSON.parse(text.toString('utf8')) as AddressText }
  }
  const opened = (record: AddressRecord): readonly FoundAddress[] => {
    const { row, subject, owner, partner } = record
    const text = textOf(record)?.text
    return text === undefined
      ? []
      : [{ row, subject, owner: owner as IdentityKey, partner: partner as PartnerId, ...text }]
  }

  return {
    keep: (entries) => {
      const rows = entries.flatMap((entry) => {
        const key = keys.newest(entry.owner)
        // Erased meanwhile: the send is cancelled, so there is no address to keep.
        if (key === undefined) return []
        const { partner, app, owner, finder, identifier, day } = entry
        const { class: of, kind, value } = identifier ?? NOTHING
        const text: AddressText = { app, ...(identifier && { identifier }), ...(finder && { finder }) }
        return [
          {
            subject: key.id,
            owner,
            mark: markOf('address', key.id, partner, app, of, kind, value),
            partner,
            finder: finder === undefined ? null : finderOf(finder),
            sealed: seal(sealingKey(key.key), nonce(), partner, JSON.stringify(text)),
            day,
          },
        ]
      })
      if (rows.length > 0) tables.transact(() => rows.forEach(tables.putAddress))
    },
    attach: ({ identities, partners, token }) => {
      tables.transact(() => {
        for (const record of tables.addressesFoundBy(identities.map(finderOf))) {
          const { row, partner } = record
          const opened = partners.includes(partner as PartnerId) ? textOf(record) : undefined
          if (opened === undefined) continue
          const text: AddressText = { ...opened.text, originToken: token }
          tables.sealAddress(row, seal(opened.key, nonce(), partner, JSON.stringify(text)))
        }
      })
    },
    find: ({ keys: identities, foundBy }) => {
      const numbers = identities.map((identity) => ({ identity, ids: keys.all(identity).map(({ id }) => id) }))
      const subjects = new Set(numbers.flatMap(({ ids }) => ids))
      const found = [...tables.addressesOf([...subjects]), ...tables.addressesFoundBy(foundBy.map(finderOf))]
      return {
        addresses: [...new Map(found.map((one) => [one.row, one])).values()].flatMap(opened),
        oldest: numbers.flatMap(({ identity, ids }) =>
          ids.length === 0 ? [] : [{ identity, number: Math.min(...ids) }],
        ),
      }
    },
  }
}
