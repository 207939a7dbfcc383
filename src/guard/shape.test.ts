import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Shape, shapeOf } from './shape.ts'

describe('guard: what a leaf looks like', () => {
  const rows: [string, Shape][] = [
    ['6D92078A-8246-4BA4-AE5B-76104861E7DC', 'identifier'],
    ['38400000-8cf0-11bd-b23e-10b96e40000d', 'identifier'],
    ['9774d56d682e549c', 'identifier'],
    ['efffffff-ffff-ffff-ffff-ffffffffffff', 'identifier'],
    ['user-4711', 'identifier'],
    ['ord_50314b8e9bcf', 'identifier'],
    ['GA1.2.1234567890.1700000000', 'identifier'],
    ['fb.1.1596403881668.1116446470', 'identifier'],
    ['abcdefghijklmnopqrst~', 'identifier'],
    ['anna@mail.example', 'contact'],
    ['+1 (415) 555-0132', 'contact'],
    ['4155550132', 'contact'],
    ['203.0.113.77', 'ip'],
    ['2001:db8::7', 'ip'],
    ['::ffff:203.0.113.77', 'ip'],
    ['37.7749', 'coordinates'],
    ['-122.419415', 'coordinates'],
    ['2.625', 'coordinates'],
    ['181.2345', 'value'],
    ['24.95', 'value'],
    ['8311', 'value'],
    ['1080', 'value'],
    ['2026-11-24', 'value'],
    ['2026-11-24T11:58:02.625Z', 'value'],
    ['San Francisco', 'value'],
    ['America/Los_Angeles', 'value'],
    ['internationalisation', 'value'],
    ['en-US', 'value'],
    ['T-Mobile US', 'value'],
    ['https://shop.example/p/4711', 'value'],
    ['Mozilla/5.0 (Linux; Android 14)', 'value'],
    ['00000000-0000-0000-0000-000000000000', 'value'],
    ['m2.shop24.example', 'value'],
    ['m2.shop24.example:8443', 'value'],
    ['com.example.app2', 'value'],
    ['eyJhbGciOi.J9kaWZm.c2lnMjM', 'identifier'],
    ['', 'value'],
    ['a1b2c3', 'value'],
  ]
  for (const [text, shape] of rows) {
    test(`${JSON.stringify(text)}: ${shape}`, () => {
      equal(shapeOf(text), shape)
    })
  }
})
