import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRoom, type Guest } from './room.ts'

describe('room for requests', () => {
  const clock = { now: 0 }
  const cut: string[] = []
  const guest = (group: string, { bytes = 1, isSending = true, name = group } = {}): Guest => ({
    group,
    bytes,
    isSending: () => isSending,
    evict: () => {
      cut.push(name)
    },
  })
  const roomOf = (requests: number, bytes = 1_000) => {
    clock.now = 0
    cut.length = 0
    return createRoom(requests, bytes, () => clock.now)
  }

  test('one address may use all of it, and gets no more', () => {
    const room = roomOf(2)
    const leave = room.enter(guest('a'))
    ok(leave !== undefined && room.enter(guest('a')) !== undefined)
    strictEqual(room.enter(guest('a')), undefined)
    leave()
    leave()
    strictEqual(room.requests(), 1)
    ok(room.enter(guest('a')) !== undefined)
  })
  test('whoever has most gives way to whoever has less, the slowest sender first', () => {
    const room = roomOf(7)
    for (const other of ['c', 'd', 'e', 'f']) room.enter(guest(other))
    room.enter(guest('flood', { name: 'whole', isSending: false }))
    room.enter(guest('flood', { name: 'slow' }))
    room.enter(guest('flood', { name: 'slower' }))
    strictEqual(room.enter(guest('b')), undefined, 'a sender is left alone for a while')
    clock.now = 1_000
    ok(room.enter(guest('b')) !== undefined)
    deepStrictEqual(cut, ['slow'])
    strictEqual(room.enter(guest('b')), undefined, 'both would have as much then')
    strictEqual(room.requests(), 7)
  })
  test('whoever has more than half of it gives way at once', () => {
    const room = roomOf(4)
    for (let index = 0; index < 4; index++) room.enter(guest('flood'))
    ok(room.enter(guest('b')) !== undefined)
    deepStrictEqual(cut, ['flood'])
  })
  test('what has been received is not thrown away', () => {
    const room = roomOf(2)
    room.enter(guest('a', { isSending: false }))
    room.enter(guest('a', { isSending: false }))
    clock.now = 1_000
    strictEqual(room.enter(guest('b')), undefined)
    deepStrictEqual(cut, [])
  })
  test('bytes count as well, and by them who has most', () => {
    const room = roomOf(100, 100)
    room.enter(guest('a', { bytes: 90 }))
    for (let small = 0; small < 5; small++) room.enter(guest('b'))
    ok(room.enter(guest('b', { bytes: 50 })) !== undefined)
    deepStrictEqual(cut, ['a'])
  })
})
