import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeId } from '../model/brand.ts'
import { cutPage, pageOf, readNodeCursor } from './pages.ts'

const SEVENTH = 'c07' as NodeId
const old = (key: string): string => Buffer.from(`1:${key}`).toString('base64url')

describe('cursors of what a node keeps by itself', () => {
  test('lead back to their key at that node alone', () => {
    for (const node of [undefined, SEVENTH]) {
      const { items, next } = cutPage(['5', '6', '17/acme'], (key) => key, 2, node)
      deepEqual(items, ['5', '6'])
      equal(readNodeCursor(next!, node), '6')
      throws(() => readNodeCursor(next!, node === undefined ? SEVENTH : undefined), { code: 'ERR_CURSOR' })
    }
    const { next } = cutPage(['17/acme', '18/acme'], (key) => key, 1)
    equal(readNodeCursor(next!), '17/acme')
  })

  test('of before there were several nodes are read where there is one, and refused elsewhere', () => {
    equal(readNodeCursor(old('17/acme')), '17/acme')
    throws(() => readNodeCursor(old('17/acme'), SEVENTH), { code: 'ERR_CURSOR' })
  })

  test('that nobody gave out are refused', () => {
    for (const made of ['', 'x', '====', Buffer.from('2:0').toString('base64url'), `${old('5')}=`])
      throws(() => readNodeCursor(made), { code: 'ERR_CURSOR' })
  })
})

test('a list in memory goes on behind its cursor, and takes no node’s', () => {
  const names = ['c', 'a', 'b']
  const { items, next } = pageOf(names, (name) => name, { limit: 2 })
  deepEqual(items, ['a', 'b'])
  deepEqual(
    pageOf(names, (name) => name, { limit: 2, cursor: next }),
    { items: ['c'] },
  )
  const other = cutPage(['5', '6'], (key) => key, 1).next
  throws(() => pageOf(names, (name) => name, { limit: 2, cursor: other }), { code: 'ERR_CURSOR' })
})
