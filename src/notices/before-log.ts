/** From which subjects on the addresses of a partner are whole, and what was found in the ledger of those before. */
import type { IdentityKey, PartnerId } from '../model/brand.ts'
import type { AddressKeys, HadBefore, NoticeLog } from './ports.ts'
import type { NoticeTables } from './store.ts'

/** Noted beside what partners had: it was looked up. */
const NOBODY = { partner: '', app: '', class: '', kind: '' }

export function createBeforeLog({
  tables,
  keys,
  finderOf,
}: {
  readonly tables: Pick<NoticeTables, 'transact' | 'keptFor' | 'putKeptFor' | 'removeKeptFor' | 'before' | 'putBefore'>
  readonly keys: Pick<AddressKeys, 'highest'>
  readonly finderOf: (identity: IdentityKey) => Uint8Array
}): Pick<NoticeLog, 'keepFor' | 'before' | 'noteBefore'> {
  return {
    keepFor: (partners) => {
      const known = new Map(tables.keptFor().map((one) => [one.partner, one]))
      tables.transact(() => {
        for (const { partner, told } of partners)
          if (known.get(partner)?.told !== told) tables.putKeptFor(partner, told, keys.highest())
        for (const partner of known.keys())
          if (!partners.some((one) => one.partner === partner)) tables.removeKeptFor(partner)
      })
      // Sound: partners' ids alone are put in.
      return tables.keptFor().map(({ partner, above }) => ({ partner: partner as PartnerId, above }))
    },
    before: (identities) =>
      identities.map((identity) => {
        const rows = tables.before(finderOf(identity))
        return rows.length === 0
          ? undefined
          : // Sound: what is put in is read.
            rows.filter(({ partner }) => partner !== '').map((one) => ({ ...one }) as HadBefore)
      }),
    noteBefore: (identity, had) => {
      const finder = finderOf(identity)
      tables.transact(() => {
        for (const one of [NOBODY, ...had]) tables.putBefore(finder, one)
      })
    },
  }
}
