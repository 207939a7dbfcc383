/**
 * What was said and is in force, until it was looked up who is to be told of it: durable before the choice is acknowledged,
 * so that the look-ups need not be over by then. Sealed, and gone with the identities it is of.
 */
import type { KeyObject } from 'node:crypto'
import type { IdentityKey } from '../model/brand.ts'
import { seal, unseal } from '../platform/seal.ts'
import type { Asked, AskedRow, NoticeStore } from './ports.ts'
import type { AskRecord, NoticeTables } from './store.ts'

const SEALED_FOR = 'asked'

export interface AskedLogParts {
  readonly tables: Pick<NoticeTables, 'transact' | 'askOf' | 'putAsk' | 'asksAfter' | 'asksAbout' | 'removeAsks'>
  readonly wrappingKey: KeyObject
  readonly nonce: () => Uint8Array
  readonly digestOf: (text: string) => Uint8Array
}

export interface AskedLog {
  ask(asked: readonly Asked[]): void
  asked(which: Parameters<NoticeStore['asked']>[0]): readonly AskedRow[]
  /** Of those who are not erased it is said still; of what the request named nothing is left. In its caller's transaction. */
  forget(identities: readonly IdentityKey[]): void
}

export function createAskedLog({ tables, wrappingKey, nonce, digestOf }: AskedLogParts): AskedLog {
  const sealed = (asked: Asked) => {
    const { keys, at: _at, inForce: _inForce, ...rest } = asked
    const digest = digestOf(JSON.stringify([keys.toSorted(), rest]))
    return { digest, keys, sealed: seal(wrappingKey, nonce(), SEALED_FOR, JSON.stringify(asked)) }
  }
  const opened = ({ row, sealed: text }: AskRecord): AskedRow => {
    const asked = unseal(wrappingKey, SEALED_FOR, text)
    if (asked === undefined) throw new Error('notices.db: what was asked is sealed under another key')
    // Sound: only `put` writes the table.
    return { ...(JSON.parse(asked.toString('utf8')) as Asked), row }
  }
  const put = (asked: Asked): void => {
    const made = sealed(asked)
    const before = tables.askOf(made.digest)
    const said = before && opened(before)
    if (said !== undefined) tables.removeAsks([said.row])
    tables.putAsk(said !== undefined && said.at < asked.at ? sealed({ ...asked, at: said.at }) : made)
  }
  const about = (identities: readonly IdentityKey[]): readonly AskRecord[] =>
    [...new Map(identities.flatMap(tables.asksAbout).map((one) => [one.row, one])).values()].sort(
      (a, b) => a.row - b.row,
    )

  return {
    ask: (asked) => {
      tables.transact(() => asked.forEach(put))
    },
    asked: ({ after = 0, about: whom, limit }) =>
      (whom === undefined ? tables.asksAfter(after, limit) : about(whom).slice(0, limit)).map(opened),
    forget: (identities) => {
      for (const { row, ...asked } of about(identities).map(opened)) {
        tables.removeAsks([row])
        const keys = asked.keys.filter((key) => !identities.includes(key))
        if (keys.length > 0) put({ ...asked, keys, brought: [] })
      }
    },
  }
}
