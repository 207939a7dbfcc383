/** Stores from which subject key on a partner's addresses are complete, and what the ledger says of earlier subjects. */
import type { IdentityKey, PartnerId } from '../model/brand.ts'
import type { AddressKeys, EarlierDisclosure, NoticeLog } from './ports.ts'
import type { NoticeTables } from './store.ts'

/** Stored with every result, so that an empty one counts as looked up. */
const LOOKED_UP = { partner: '', app: '', class: '', kind: '' }

export function createEarlierLog({
  tables,
  keys,
  finderOf,
}: {
  readonly tables: Pick<NoticeTables, 'transact' | 'keptFor' | 'putKeptFor' | 'removeKeptFor' | 'before' | 'putBefore'>
  readonly keys: Pick<AddressKeys, 'highest'>
  readonly finderOf: (identity: IdentityKey) => Uint8Array
}): Pick<NoticeLog, 'keepFor' | 'earlier' | 'saveEarlier'> {
  return {
    keepFor: (partners) => {
      const known = new Map(tables.keptFor().map((one) => [one.partner, one]))
      tables.transact(() => {
        for (const { partner, told } of partners)
          if (known.get(partner)?.told !== told) tables.putKeptFor(partner, told, keys.highest())
        for (const partner of known.keys())
          if (!partners.some((one) => one.partner === partner)) tables.removeKeptFor(partner)
      })
      // Sound: only partner ids are inserted.
      return tables.keptFor().map(({ partner, above }) => ({ partner: partner as PartnerId, above }))
    },
    earlier: (identities) =>
      identities.map((identity) => {
        const rows = tables.before(finderOf(identity))
        return rows.length === 0
          ? undefined
          : // Sound: only `saveEarlier` writes the table.
            rows.filter(({ partner }) => partner !== '').map((one) => ({ ...one }) as EarlierDisclosure)
      }),
    saveEarlier: (identity, had) => {
      const finder = finderOf(identity)
      tables.transact(() => {
        for (const one of [LOOKED_UP, ...had]) tables.putBefore(finder, one)
      })
    },
  }
}
