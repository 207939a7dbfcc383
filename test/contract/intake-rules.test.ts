/** The intake's rules over its real files, with a clock and a disk that a test holds in its hands. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { intakeOver } from '../../src/intake/intake-over.ts'
import { type IntakeLog, openIntakeLog } from '../../src/intake/log.ts'
import { type IntakeOptions, requireOptions } from '../../src/intake/options.ts'
import type { Intake } from '../../src/intake/ports.ts'
import type { EventStore, StateStore } from '../../src/intake/store.ts'
import type { IdentityKey, PartnerId } from '../../src/model/brand.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { openIntakeEvents } from '../../src/storage/sqlite/intake-events.ts'
import { openIntakeState } from '../../src/storage/sqlite/intake-state.ts'
import { openSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'
import { until } from '../support/until.ts'
import { endOf, META, namesOf, openSums, pullAll, requestOf, TIKTOK } from './intake-events.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 1)

describe('the rules of the intake', () => {
  let folder: string
  let now: number
  let log: IntakeLog
  let intake: Intake
  /** Set to have the disk refuse. */
  let refuse: { events?: string; state?: string }
  /** Transactions tried. */
  let tried: { events: number; state: number }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-intake-rules-'))
    now = START
  })
  afterEach(async () => {
    await intake.close()
    await rm(folder, { recursive: true })
  })

  const open = (options: Partial<IntakeOptions> = {}): void => {
    refuse = {}
    tried = { events: 0, state: 0 }
    const state = openIntakeState(join(folder, 'state.db'), 100)
    const events = openIntakeEvents(join(folder, 'events'), state.foldedFiles(), now)
    const failing = (why: string | undefined): void => {
      if (why !== undefined) throw new GatewayError('ERR_INTAKE_UNAVAILABLE', { why })
    }
    const refusingEvents: EventStore = {
      ...events,
      append: (...rows) => {
        tried.events += 1
        failing(refuse.events)
        events.append(...rows)
      },
    }
    const refusingState: StateStore = {
      ...state,
      save: (change) => {
        tried.state += 1
        failing(refuse.state)
        state.save(change)
      },
    }
    log = openIntakeLog({
      events: refusingEvents,
      state: refusingState,
      subjectKeys: openSubjectKeys(join(folder, 'keys', 'subjects.db')),
      keyEncryptionKey: Buffer.alloc(32, 3),
      options: requireOptions({ appendLingerMs: 0, settleLingerMs: 0, segmentRows: 1_000, ...options }),
      now: () => now,
      random: randomBytes,
    })
    const methods = log as unknown as Record<string, (argument: unknown) => unknown>
    intake = intakeOver(
      {
        // As through a message: a copy, an answer later.
        call: async (method, argument) => structuredClone(await methods[method]!(structuredClone(argument))) as never,
        onLost: () => undefined,
        close: async () => log.close(),
      },
      1_000_000,
    )
  }
  const restart = async (options: Partial<IntakeOptions> = {}): Promise<void> => {
    await intake.close()
    open(options)
  }
  const append = (names: readonly string[], partners?: readonly PartnerId[]) =>
    intake.append(
      requestOf(
        names.map((name) => ({ name, ...(partners && { partners }) })),
        now,
      ),
    )
  const eventFiles = async (): Promise<string[]> =>
    (await readdir(join(folder, 'events'))).filter((name) => name.endsWith('.db')).sort()
  const settleAll = async (partner: PartnerId): Promise<void> => {
    const pulled = await pullAll(intake, partner)
    await intake.settle(
      partner,
      pulled.map((one) => endOf(one)),
      0,
    )
  }

  test('what arrives in one turn shares one transaction', async () => {
    open()
    await Promise.all([append(['a']), append(['b']), append(['c', 'd'])])
    equal(tried.events, 1)
    const pulled = await intake.pull(META, 10)
    await Promise.all(pulled.map((one) => intake.settle(META, [endOf(one)], 0)))
    equal(tried.state, 1)
  })

  test('a file goes once all its pairs are settled and it has been kept long enough, and its counts stay', async () => {
    open({ keepHours: 2, maxAgeHours: 10 })
    await append(['a', 'b'], [META, TIKTOK])
    await settleAll(META)
    now += 1.5 * HOUR
    await append(['c'])
    deepEqual(await eventFiles(), ['events-1.db', 'events-2.db'], 'a new file every hour')
    now += HOUR
    log.maintain()
    deepEqual(await eventFiles(), ['events-1.db', 'events-2.db', 'events-3.db'], 'TikTok has not settled')
    await settleAll(TIKTOK)
    log.maintain()
    deepEqual(await eventFiles(), ['events-2.db', 'events-3.db'])
    const check = async (): Promise<void> => {
      const totals = await intake.totals()
      deepEqual(totals.events, { received: 3, accepted: 3, rejected: 0, duplicate: 0 })
      deepEqual([totals.pairs[META]?.routed, totals.pairs[META]?.pending, totals.pairs[TIKTOK]?.routed], [3, 1, 2])
      deepEqual(openSums(totals), [])
    }
    await check()
    await restart()
    await check()
    deepEqual(namesOf(await pullAll(intake, META)), ['c'])
  })

  test('a settled file is kept for its time', async () => {
    open({ keepHours: 2, maxAgeHours: 10 })
    await append(['a'])
    await settleAll(META)
    now += 1.9 * HOUR
    log.maintain()
    deepEqual(await eventFiles(), ['events-1.db', 'events-2.db'])
  })

  test('a partner that takes nothing cannot keep files for ever: its pairs expire, wherever they wait', async () => {
    open({ keepHours: 2, maxAgeHours: 10 })
    await append(['a', 'b', 'c', 'd'], [META, TIKTOK])
    await settleAll(TIKTOK)
    const [a, b] = await intake.pull(META, 2)
    await intake.settle(META, [{ position: b!.position, retryAt: now + 20 * HOUR, attempt: 2 }], 0)
    now += 5 * HOUR
    await append(['e'], [META])
    now += 5.5 * HOUR
    log.maintain()
    deepEqual(await eventFiles(), ['events-2.db', 'events-3.db'])
    await intake.settle(META, [endOf(a!)], 0)
    const check = async (): Promise<void> => {
      const totals = await intake.totals()
      const { settled, pending } = totals.pairs[META]!
      deepEqual([settled.expired, settled.delivered, pending], [4, 0, 1])
      deepEqual(openSums(totals), [])
    }
    await check()
    await restart()
    await check()
    deepEqual(namesOf(await pullAll(intake, META)), ['e'])
  })

  test('a crash between counting a file and unlinking it counts it once', async () => {
    open({ keepHours: 1, maxAgeHours: 10 })
    await append(['a', 'b'])
    await settleAll(META)
    now += HOUR
    log.maintain()
    await append(['c'])
    deepEqual(await eventFiles(), ['events-1.db', 'events-2.db'])
    await copyFile(join(folder, 'events', 'events-1.db'), join(folder, 'kept.db'))
    now += HOUR
    log.maintain()
    deepEqual(await eventFiles(), ['events-2.db', 'events-3.db'])
    await intake.close()
    await copyFile(join(folder, 'kept.db'), join(folder, 'events', 'events-1.db'))
    open()
    deepEqual(await eventFiles(), ['events-2.db', 'events-3.db'])
    deepEqual((await intake.totals()).events.received, 3)
    deepEqual(openSums(await intake.totals()), [])
  })

  test('a full disk refuses the request whole, says so, and takes the same events once there is room', async () => {
    open()
    await append(['a'])
    refuse.events = 'disk_full'
    await rejects(append(['b', 'c']), { code: 'ERR_INTAKE_UNAVAILABLE', details: { why: 'disk_full' } })
    deepEqual(intake.health(), { writable: false, why: 'disk_full' })
    equal(tried.events, 2)
    await rejects(append(['b']), { code: 'ERR_INTAKE_UNAVAILABLE' })
    equal(tried.events, 2, 'not tried again within a second')
    now += 1_000
    await rejects(append(['b']), { code: 'ERR_INTAKE_UNAVAILABLE' })
    equal(tried.events, 3)
    deepEqual((await intake.totals()).events, { received: 1, accepted: 1, rejected: 0, duplicate: 0 })
    delete refuse.events
    now += 1_000
    deepEqual(await append(['b', 'c', 'a']), ['accepted', 'accepted', 'duplicate'], 'nothing of the refused was kept')
    deepEqual(intake.health(), { writable: true, why: 'ok' })
    deepEqual(namesOf(await pullAll(intake, META)), ['a', 'b', 'c'])
    deepEqual(openSums(await intake.totals()), [])
  })

  test('a disk that has room again is noticed without any event coming', async () => {
    open()
    refuse.events = 'disk_full'
    await rejects(append(['a']))
    delete refuse.events
    now += 1_000
    await until('the intake is writable again', () => intake.health().writable)
  })

  test('while settlements cannot be kept nothing is given out, and once they can each counts once', async () => {
    open()
    await append(['a', 'b'])
    const [a] = await intake.pull(META, 1)
    refuse.state = 'io_error'
    await rejects(intake.settle(META, [endOf(a!)], 7), { code: 'ERR_INTAKE_UNAVAILABLE' })
    deepEqual(await intake.pull(META, 10), [])
    delete refuse.state
    await intake.settle(META, [endOf(a!)], 7)
    deepEqual(namesOf(await intake.pull(META, 10)), ['b'])
    await restart()
    equal(await intake.resumeFrom(META), 7)
    const { pairs } = await intake.totals()
    deepEqual([pairs[META]?.settled.delivered, pairs[META]?.pending], [1, 1])
  })

  test('an intake whose thread has ended says so', () => {
    open()
    let end: (error: Error) => void = () => undefined
    const lost = intakeOver(
      {
        call: () => Promise.reject(new GatewayError('ERR_INTAKE_UNAVAILABLE')),
        onLost: (listener) => {
          end = listener
        },
        close: async () => undefined,
      },
      1,
    )
    end(new Error('ended'))
    deepEqual(lost.health(), { writable: false, why: 'worker_lost' })
  })

  test('the window of duplicates ends after its time', async () => {
    open({ dedupeWindowMs: 2 * HOUR })
    await append(['a'])
    now += 1.9 * HOUR
    deepEqual(await append(['a']), ['duplicate'])
    await restart({ dedupeWindowMs: 2 * HOUR })
    deepEqual(await append(['a']), ['duplicate'])
    now += 0.2 * HOUR
    deepEqual(await append(['a']), ['accepted'])
  })

  test('events lie on disk sealed', async () => {
    open()
    await intake.append(requestOf([{ name: 'order-of-ann', subject: 'ann-in-the-clear' }], now))
    await intake.close()
    for (const part of ['', 'events', 'keys']) {
      for (const entry of await readdir(join(folder, part), { withFileTypes: true })) {
        if (!entry.isFile()) continue
        const bytes = await readFile(join(folder, part, entry.name))
        ok(!bytes.includes('order-of-ann'), `${entry.name} holds the event`)
        if (part !== 'keys') ok(!bytes.includes('ann-in-the-clear'), `${entry.name} holds the identity`)
      }
    }
    open()
  })

  test('an event whose key was destroyed before its pairs were ended ends as erased when its turn comes', async () => {
    open()
    await intake.append(requestOf([{ name: 'a' }, { name: 'b', subject: 'bob' }], now))
    await intake.close()
    const keys = openSubjectKeys(join(folder, 'keys', 'subjects.db'))
    keys.remove(['ann' as IdentityKey])
    keys.close()
    open()
    deepEqual(namesOf(await pullAll(intake, META)), ['b'])
    const totals = await intake.totals()
    equal(totals.pairs[META]?.settled.erased, 1)
    deepEqual(openSums(totals), [])
  })

  test('a damaged event is a dead letter and holds nobody back', async () => {
    open()
    await intake.append(requestOf([{ name: 'a' }, { name: 'b', subject: 'bob' }], now))
    await intake.close()
    const db = new DatabaseSync(join(folder, 'events', 'events-1.db'))
    db.exec("UPDATE chunks SET sealed = CAST(sealed || 'x' AS BLOB) WHERE seq = 1")
    db.close()
    open()
    deepEqual(namesOf(await pullAll(intake, META)), ['b'])
    const letter = await until('the dead letter is kept', async () => (await intake.deadLetters(undefined, 10))[0])
    match(letter.why, /damaged/)
    deepEqual(openSums(await intake.totals()), [])
  })

  test('a state that is ahead of the events does not start', async () => {
    open()
    await append(['a'])
    await settleAll(META)
    await intake.close()
    await rm(join(folder, 'events'), { recursive: true })
    let said = ''
    try {
      open()
    } catch (error) {
      said = String(error)
    }
    match(said, /state is ahead of its events/)
    await rm(join(folder, 'state.db'))
    open()
  })
})
