import { deepEqual, throws } from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { writing } from './intake-failure.ts'
import { createSegment, segmentReads, segmentWrites } from './intake-segment.ts'

test('a full disk is named, keeps nothing of the transaction, and is over as soon as there is room', async (t) => {
  const folder = await temporaryFolder(t)
  const db = createSegment(join(folder, 'events-1.db'), 1, 0)
  t.after(() => db.close())
  const { transact, addChunk, addCount } = segmentWrites(db)
  const write = (): void =>
    writing(() =>
      transact(() => {
        addCount('received', 1)
        addChunk({ seq: 1, sealed: new Uint8Array(1_000_000) })
      }),
    )
  db.exec('PRAGMA max_page_count = 20')
  throws(write, { code: 'ERR_INTAKE_UNAVAILABLE', details: { why: 'disk_full' } })
  deepEqual([...segmentReads(db).counts()], [])
  db.exec('PRAGMA max_page_count = 1000')
  write()
  deepEqual([...segmentReads(db).counts()], [['received', 1]])
})
