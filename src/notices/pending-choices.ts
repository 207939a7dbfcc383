/**
 * Choices in force whose notices are not planned yet. They are durable before the choice is acknowledged, so that planning can
 * follow later. Sealed; erasing an identity removes it from them.
 */
import type { KeyObject } from 'node:crypto'
import type { IdentityKey } from '../model/brand.ts'
import { seal, unseal } from '../platform/seal.ts'
import type { NoticeStore, PendingChoice, PendingChoiceRow } from './ports.ts'
import type { AskRecord, NoticeTables } from './store.ts'

const SEALED_FOR = 'asked'

export interface PendingChoicesParts {
  readonly tables: Pick<NoticeTables, 'transact' | 'askOf' | 'putAsk' | 'asksAfter' | 'asksAbout' | 'removeAsks'>
  readonly wrappingKey: KeyObject
  readonly nonce: () => Uint8Array
  readonly digestOf: (text: string) => Uint8Array
}

export interface PendingChoices {
  addPending(choices: readonly PendingChoice[]): void
  pending(which: Parameters<NoticeStore['pending']>[0]): readonly PendingChoiceRow[]
  /** Keeps the choice for other identities, without the identities that its request named. Runs in the caller's transaction. */
  forget(identities: readonly IdentityKey[]): void
}

export function createPendingChoices({ tables, wrappingKey, nonce, digestOf }: PendingChoicesParts): PendingChoices {
  const sealed = (choice: PendingChoice) => {
    const { keys, at: _at, inForce: _inForce, number, ...rest } = choice
    // One made here has no place yet: what was decided between must not come after it.
    const elsewhere = number === undefined ? [] : ['elsewhere']
    const digest = digestOf(JSON.stringify([keys.toSorted(), rest, ...elsewhere]))
    return { digest, keys, sealed: seal(wrappingKey, nonce(), SEALED_FOR, JSON.stringify(choice)) }
  }
  const opened = ({ row, sealed: text }: AskRecord): PendingChoiceRow => {
    const choice = unseal(wrappingKey, SEALED_FOR, text)
    if (choice === undefined) throw new Error('notices.db: a pending choice is sealed under another key')
    // Sound: only `put` writes the table.
    return { ...(JSON.parse(choice.toString('utf8')) as PendingChoice), row }
  }
  const put = (choice: PendingChoice): void => {
    const made = sealed(choice)
    const record = tables.askOf(made.digest)
    const earlier = record && opened(record)
    if (earlier !== undefined) tables.removeAsks([earlier.row])
    tables.putAsk(earlier !== undefined && earlier.at < choice.at ? sealed({ ...choice, at: earlier.at }) : made)
  }
  const about = (identities: readonly IdentityKey[]): readonly AskRecord[] =>
    [...new Map(identities.flatMap(tables.asksAbout).map((one) => [one.row, one])).values()].sort(
      (a, b) => a.row - b.row,
    )

  return {
    addPending: (choices) => {
      tables.transact(() => choices.forEach(put))
    },
    pending: ({ after = 0, about: whom, limit }) =>
      (whom === undefined ? tables.asksAfter(after, limit) : about(whom).slice(0, limit)).map(opened),
    forget: (identities) => {
      for (const { row, ...choice } of about(identities).map(opened)) {
        tables.removeAsks([row])
        const keys = choice.keys.filter((key) => !identities.includes(key))
        if (keys.length > 0) put({ ...choice, keys, brought: [] })
      }
    },
  }
}
