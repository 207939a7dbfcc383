/** Reads accepted events, newest first, to evaluate a change against them. Changes nothing. */

import { unseal } from '../platform/seal.ts'
import { boundTo } from './append.ts'
import type { Keyring } from './keyring.ts'
import type { EventStore, StoredRow } from './store.ts'
import type { WindowKeys } from './window-keys.ts'
import type { FindAnswer, FindCall, RecentAnswer, RecentCall } from './wire.ts'

/** Rows read by one call: a few milliseconds, then appends have their turn. */
const MAX_ROWS = 256

export interface LookBackParts {
  readonly events: Pick<EventStore, 'lastSeq' | 'rowsBefore' | 'chunk'>
  readonly keyring: Pick<Keyring, 'peekKey'>
}

/** Positions searched by one call for a message. */
const SPAN = 20_000

/** Finds an event by its messageId, page by page from the newest on. */
export function createMessageFinder(
  {
    events,
    keyring,
  }: Pick<LookBackParts, 'keyring'> & { readonly events: Pick<EventStore, 'lastSeq' | 'rowOfKey' | 'chunk'> },
  windowKeys: Pick<WindowKeys, 'keysOf'>,
): (call: FindCall) => FindAnswer {
  return ({ apps, messageId, before = events.lastSeq() + 1 }) => {
    const keys = apps.flatMap((app) => windowKeys.keysOf(app, messageId))
    const { row, next } = events.rowOfKey(keys, before, SPAN)
    if (row === undefined) return { found: undefined, next }
    const { app, event: eventKey, partners } = row.route
    const text = openChunk(row, events, keyring)?.slice(row.at.start, row.at.end)
    return { found: { receivedAt: row.receivedAt, app, eventKey, partners, text }, next: undefined }
  }
}

export function createLookBack({ events, keyring }: LookBackParts): (call: RecentCall) => RecentAnswer {
  return ({ before = events.lastSeq() + 1, max }) => {
    const asked = Math.min(max, MAX_ROWS)
    const rows = events.rowsBefore(before, asked)
    const opened = new Map<number, string | undefined>()
    const texts = rows.flatMap((row) => {
      const { chunk, start, end } = row.at
      if (!opened.has(chunk)) opened.set(chunk, openChunk(row, events, keyring))
      const text = opened.get(chunk)
      return text === undefined ? [] : [text.slice(start, end)]
    })
    const last = rows.at(-1)
    const next = rows.length < asked || last === undefined || last.seq <= 1 ? undefined : last.seq
    return { texts, unreadable: rows.length - texts.length, next }
  }
}

/** Undefined if it was erased or is damaged. */
function openChunk(
  { subject, at: { chunk } }: StoredRow,
  events: Pick<EventStore, 'chunk'>,
  keyring: LookBackParts['keyring'],
): string | undefined {
  const key = keyring.peekKey(subject)
  const sealed = events.chunk(chunk)
  if (typeof key === 'string' || sealed === undefined) return undefined
  return unseal(key, boundTo(chunk), sealed)?.toString()
}
