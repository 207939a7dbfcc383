import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict'
import { createHmac, hash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { KeptWindowKey, WindowKeyStore } from './store.ts'
import { createWindowKeys } from './window-keys.ts'

const HOUR = 3_600_000
const INDEX = Buffer.alloc(32, 7)

function memoryStore() {
  let rows: readonly KeptWindowKey[] = []
  const store: WindowKeyStore = {
    windowKeys: () => rows,
    turnWindowKeys: (add, remove) => {
      rows = [...rows.filter(({ from }) => !remove.includes(from)), ...add].sort((a, b) => a.from - b.from)
    },
  }
  return { store, rows: () => rows }
}

function world(earlier?: { readonly hasRows: boolean }) {
  const kept = memoryStore()
  let now = 1_000 * HOUR
  const open = () =>
    createWindowKeys({
      store: kept.store,
      keyEncryptionKey: Buffer.alloc(32, 1),
      random: randomBytes,
      windowMs: HOUR,
      now: () => now,
      earlier: earlier && { indexKey: INDEX, ...earlier },
    })
  return { ...kept, open, pass: (ms: number) => (now += ms) }
}
const hex = (keys: readonly Uint8Array[]): string[] => keys.map((key) => Buffer.from(key).toString('hex'))

describe('window keys', () => {
  test('name a message the same within the window, also after a restart, and another one otherwise', () => {
    const { open } = world()
    const keys = open()
    const [key, ...others] = hex(keys.keysOf('ios', 'm-1'))
    deepEqual([others, hex(open().keysOf('ios', 'm-1'))], [[], [key]])
    notDeepEqual(hex(keys.keysOf('android', 'm-1')), [key])
    notDeepEqual(hex(keys.keysOf('ios', 'm-2')), [key])
    notDeepEqual(hex(keys.keysOf('iosm', '-1')), [key], 'where one text ends matters')
    equal(key?.length, 32)
  })

  test('what was kept in one window is found in the next, and by nobody after that', () => {
    const { open, pass, rows } = world()
    const keys = open()
    const [first] = hex(keys.keysOf('ios', 'm-1'))
    const [drawn] = rows()
    pass(HOUR)
    const next = hex(keys.keysOf('ios', 'm-1'))
    deepEqual([next.length, next.at(-1), rows().length], [2, first, 2], 'two keys count')
    pass(HOUR)
    ok(!hex(keys.keysOf('ios', 'm-1')).includes(first!))
    ok(!rows().some(({ from }) => from === drawn?.from), 'the key is gone from the store')
  })

  test('are destroyed in time where nothing comes in any more', () => {
    const { open, pass, rows } = world()
    const keys = open()
    const [drawn] = rows()
    pass(2 * HOUR)
    keys.turn()
    ok(!rows().some(({ from }) => from === drawn?.from))
  })

  test('a clock that is set back goes on with the key in use', () => {
    const { open, pass, rows } = world()
    const keys = open()
    const before = hex(keys.keysOf('ios', 'm-1'))
    pass(-5 * HOUR)
    deepEqual([hex(keys.keysOf('ios', 'm-1')), rows().length], [before, 1])
  })

  test('rows of an earlier Sluice are found for a window after it was replaced, and no longer', () => {
    const { open, pass } = world({ hasRows: true })
    const reference = createHmac('sha256', INDEX).update('event\0ios\0m-1').digest('hex').slice(0, 32)
    const old = hash('sha256', `ios\0${reference}`, 'hex').slice(0, 32)
    const keys = open()
    ok(hex(keys.keysOf('ios', 'm-1')).includes(old))
    pass(HOUR - 1)
    ok(hex(open().keysOf('ios', 'm-1')).includes(old))
    pass(1)
    ok(!hex(keys.keysOf('ios', 'm-1')).includes(old))
    ok(!hex(world({ hasRows: false }).open().keysOf('ios', 'm-1')).includes(old), 'a new folder has none')
  })
})
