/** What a stop in the middle leaves: no notice is lost, and none is told twice that must not be. */

import { deepEqual, equal } from 'node:assert/strict'
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { EventRef, PartnerId } from '../../src/model/brand.ts'
import { openNoticeLog } from '../../src/notices/log.ts'
import type { NewNotice } from '../../src/notices/ports.ts'
import { openNoticeTables } from '../../src/storage/sqlite/notices.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const NOW = Date.UTC(2026, 10, 30, 12)
const key = createSecretKey(Buffer.alloc(32, 1))

function open(folder: string) {
  return openNoticeLog({
    tables: openNoticeTables(folder),
    keys: { newest: () => undefined, all: () => [], forget: () => undefined },
    bookKey: key,
    wrappingKey: key,
    random: randomBytes,
    chance: () => 0.5,
    now: () => NOW,
    withinMs: 1_000,
  })
}

function notice(partner: string): NewNotice {
  return {
    ...{
      id: randomUUID(),
      ref: randomBytes(16).toString('hex') as EventRef,
      partner: partner as PartnerId,
      verb: 'erase',
    },
    ...{ class: 'advertising_id', day: NOW - (NOW % 86_400_000), owner: undefined, about: '', due: NOW - 1 },
    text: { app: 'shop', identifier: { class: 'advertising_id', kind: 'idfa', value: 'A' } },
  }
}

test('a try that may have gone is repeated only where that does the same as once; what waited waits, spread anew', async (t) => {
  const folder = await temporaryFolder(t)
  const first = open(folder)
  const [repeatable, once, waiting] = [notice('acme'), notice('bolt'), notice('cobalt')]
  first.queue({ taken: [], notices: [repeatable, once, waiting] })
  first.begin(repeatable.id, true)
  first.begin(once.id, false)
  // Killed here: nothing is closed.
  const second = open(folder)
  const rows = second.byIds([repeatable.id, once.id, waiting.id])
  deepEqual(
    rows.map(({ partner, phase, state, task }) => [partner, phase, state, task]),
    [
      ['acme', 'waiting', '', false],
      ['bolt', 'ended', 'unresolved', true],
      ['cobalt', 'waiting', '', false],
    ],
  )
  deepEqual(second.due(NOW), [])
  deepEqual(
    second
      .due(NOW + 500)
      .map(({ partner }) => partner)
      .toSorted(),
    ['acme', 'cobalt'],
  )
  equal(second.textOf(once.id), undefined)
  equal(second.textOf(waiting.id)?.identifier.value, 'A')
  deepEqual(
    second.unrecorded(9).map(({ id }) => id),
    [once.id],
  )
  second.end(once.id, { state: 'confirmed', why: '', day: NOW, task: false })
  equal(second.byIds([once.id])[0]?.state, 'confirmed')
  second.close()
})

test('a notice that the partner has taken is asked about after a stop, and not told again', async (t) => {
  const folder = await temporaryFolder(t)
  const first = open(folder)
  const [late, asked] = [notice('acme'), notice('bolt')]
  first.queue({ taken: [], notices: [late, asked] })
  for (const { id } of [late, asked]) {
    first.begin(id, false)
    first.defer(id, { due: NOW - 1, phase: 'polling' })
  }
  first.begin(asked.id, true)
  const second = open(folder)
  deepEqual(
    second
      .due(NOW + 500)
      .map(({ partner, phase }) => [partner, phase])
      .toSorted(),
    [
      ['acme', 'polling'],
      ['bolt', 'polling'],
    ],
  )
  second.close()
})

test('an erasure that goes on after a stop queues its notices once', async (t) => {
  const log = open(await temporaryFolder(t))
  const queue = () => log.queue({ origin: 'erasure-1', taken: [], notices: [notice('acme')] })
  equal(queue().length, 1)
  equal(queue().length, 0)
  log.close()
})
