/** The inbox's file: `<data>/inbox.json`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { AppId } from '../model/brand.ts'
import { tryJson } from '../model/json-text.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'
import { type InboxItem, ITEM_STATES } from './ports.ts'

const ITEM = z.strictObject({
  id: z.int().positive(),
  app: z.string(),
  kind: z.enum(['event', 'property']),
  event: z.string(),
  name: z.string(),
  count: z.int().nonnegative(),
  first_at: z.int(),
  last_at: z.int(),
  state: z.enum(ITEM_STATES),
  by: z.string().optional(),
  at: z.int().optional(),
})
const FILE = z.strictObject({ next: z.int().positive(), items: z.array(ITEM) })

export interface InboxState {
  /** The number of the next item. */
  readonly next: number
  readonly items: readonly InboxItem[]
}
export interface InboxStore {
  /** Throws `InboxUnreadable`. */
  read(): Promise<InboxState>
  /** Durable when it resolves. */
  write(state: InboxState): Promise<void>
}

/** Blocked names are unknown, so nothing may be granted. */
export class InboxUnreadable extends Error {
  constructor(file: string) {
    super(
      `${file}: is damaged, so nobody knows which names were blocked. Put it back from a backup; or remove it, and every name ` +
        'is asked about again.',
    )
    this.name = 'InboxUnreadable'
  }
}

export function inboxIn(file: string): InboxStore {
  return {
    read: async () => {
      const text = await ifThere(readFile(file, 'utf8'))
      if (text === undefined) return { next: 1, items: [] }
      const parsed = FILE.safeParse(tryJson(text))
      if (!parsed.success) throw new InboxUnreadable(file)
      const { next, items } = parsed.data
      return {
        next,
        items: items.map(({ app, first_at: firstAt, last_at: lastAt, by, at, ...item }) => ({
          ...item,
          // Sound: it was an app id when written; a removed app matches no event.
          app: app as AppId,
          firstAt,
          lastAt,
          ...(by === undefined ? {} : { by }),
          ...(at === undefined ? {} : { at }),
        })),
      }
    },
    write: ({ next, items }) => {
      const rows = items.map(({ firstAt, lastAt, ...item }) => ({ ...item, first_at: firstAt, last_at: lastAt }))
      return writeDurably(file, `${JSON.stringify({ next, items: rows })}\n`)
    },
  }
}
