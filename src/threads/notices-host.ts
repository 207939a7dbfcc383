/** Opens notices over their SQLite files and the subjects' keys, for the worker. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { createLedgerKeys } from '../ledger/keys.ts'
import { openNoticeLog } from '../notices/log.ts'
import type { NoticeLog } from '../notices/ports.ts'
import { openNoticeTables } from '../storage/sqlite/notices.ts'
import { readSubjectKeys, subjectKeysPath } from '../storage/sqlite/subject-keys.ts'
import { highestSubjectGiven } from '../storage/sqlite/subject-numbers.ts'

export interface NoticesStart {
  readonly dataFolder: string
  /** 32 bytes: opens the subjects' keys, and wraps the notices' own. */
  readonly keyEncryptionKey: Uint8Array
  /** 32 bytes: finds addresses. */
  readonly bookKey: Uint8Array
  /** Milliseconds over which notices are spread. */
  readonly withinMs: number
}

/** Opens `<data>/notices.db` and `<data>/keys/notices.db`. Throws an error that names the file at fault. */
export function openNoticeFiles({ dataFolder, keyEncryptionKey, bookKey, withinMs }: NoticesStart): NoticeLog {
  const keys = createLedgerKeys({
    open: () => readSubjectKeys(dataFolder),
    keyEncryptionKey,
    commitmentKey: new Uint8Array(32),
    sealValues: false,
    random: randomBytes,
  })
  return openNoticeLog({
    tables: openNoticeTables(dataFolder),
    keys: {
      newest: (identity) => {
        const { subject, key } = keys.keyOf(identity)
        return subject === 0 ? undefined : { id: subject, key }
      },
      all: keys.all,
      highest: () => highestSubjectGiven(subjectKeysPath(dataFolder)),
      forget: keys.forget,
    },
    bookKey: createSecretKey(bookKey),
    wrappingKey: createSecretKey(keyEncryptionKey),
    random: randomBytes,
    chance: Math.random,
    now: Date.now,
    withinMs,
  })
}
