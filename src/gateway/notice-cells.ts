/** Which cell tells a partner what: each knows the identifiers that it sent itself, and only the database knows all cells. */
import { createHmac, type KeyObject } from 'node:crypto'
import type { SharedErasures, SharedTellings } from '../choices/ports.ts'
import type { TellingCells } from '../notices/planner.ts'
import type { NewNotice, NoticeStore, PendingChoice } from '../notices/ports.ts'
import { createInTurn } from '../platform/in-turn.ts'

/** Choices taken over in one go. */
const PAGE = 200

export type Tellers = Pick<SharedErasures, 'claimNotices'> & SharedTellings

/** @param onPending called after choices were added */
export function joinTellingCells(
  shared: Tellers,
  {
    indexKey,
    store,
    onPending,
  }: { indexKey: KeyObject; store: Pick<NoticeStore, 'addPending'>; onPending: () => void },
): TellingCells {
  const inTurn = createInTurn()
  const hashed = (...name: readonly string[]): string =>
    createHmac('sha256', indexKey)
      .update(['sluice notice', ...name].join('\0'))
      .digest('base64url')

  const takeOver = async (): Promise<void> => {
    for (;;) {
      const handed = await shared.handedOn(PAGE)
      const last = handed.at(-1)
      if (last === undefined) return
      // Sound: `handOn` alone writes them.
      const choices = handed.map(({ number, body }) => ({ ...(JSON.parse(body) as Handed), brought: [], number }))
      await store.addPending(choices)
      await shared.takenOver(last.number)
      onPending()
    }
  }

  return {
    claimErasure: async (erasure, notices) => {
      const named = notices.map((notice) => ({ notice, hash: hashed(erasure, notice.about) }))
      const hashes = named.map(({ hash }) => hash)
      const claimed = await shared.claimNotices(erasure, hashes)
      return named.flatMap(({ notice, hash }) => (claimed.includes(hash) ? [notice] : []))
    },
    handOn: ({ brought: _, ...choice }) => shared.handOn(JSON.stringify(choice satisfies Handed)),
    takeOver: () => inTurn(takeOver),
    claim: async (number, notices) => {
      const named = notices.map((notice) => ({ notice, about: hashed(notice.about) }))
      const tellings = named.flatMap(({ notice: { owner: key, verb }, about }) =>
        key === undefined || verb === 'erase' ? [] : [{ about, key, verb }],
      )
      if (tellings.length === 0) return notices
      const claimed = new Map((await shared.claimTellings(number, tellings)).map((one) => [one.about, one]))
      return named.flatMap(({ notice, about }): readonly NewNotice[] => {
        // What nobody owns follows from what this cell alone knows.
        if (notice.owner === undefined) return [notice]
        const own = claimed.get(about)
        return own === undefined ? [] : [{ ...notice, isAnew: own.isAnew }]
      })
    },
  }
}

type Handed = Omit<PendingChoice, 'brought' | 'number'>
