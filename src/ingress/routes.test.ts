import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventsTarget, tidyTarget } from './routes.ts'

describe('a request’s target', () => {
  const rows: [string, string][] = [
    ['/v1/batch', '/v1/batch'],
    ['/v1/batch/', '/v1/batch'],
    ['/v1/batch//', '/v1/batch'],
    ['//v1/batch', '/v1/batch'],
    ['/v1//t', '/v1/t'],
    ['///v1///batch///?a=//b/', '/v1/batch?a=//b/'],
    ['/v1/batch?next=https://x/', '/v1/batch?next=https://x/'],
    ['/sourceConfig/?p=web', '/sourceConfig?p=web'],
    ['/', '/'],
    ['//', '/'],
    ['/?a', '/?a'],
    ['', ''],
    ['*', '*'],
    ['http://gateway.example/v1/batch', 'http://gateway.example/v1/batch'],
    ['/v1/relay/adj/event/', '/v1/relay/adj/event/'],
    ['//v1/relay/adj//event', '/v1/relay/adj//event'],
    ['/v1//relay/adj/event?u=//x', '/v1/relay/adj/event?u=//x'],
  ]
  for (const [given, tidy] of rows) test(`${given} is ${tidy}`, () => equal(tidyTarget(given), tidy))
})

describe('a target of events that Express need not read', () => {
  const rows: [string, string | undefined, object?][] = [
    ['/v1/batch', 'batch', {}],
    ['/v1/t', 'track', {}],
    ['/v1/batch?', 'batch', {}],
    ['/v1/batch?writeKey=a%20b&x=1&x=2', 'batch', { writeKey: 'a b', x: ['1', '2'] }],
    ['/V1/BATCH', undefined],
    ['/v1/batch/', undefined],
    ['/v1/%62atch', undefined],
    ['/v1/batch#x', undefined],
    ['/v1/batch?writeKey=a#x', undefined],
    ['/v1/batch?writeKey=a\u00a0b', undefined],
    ['http://gateway.example/v1/batch', undefined],
    ['/v1/constructor', undefined],
    ['constructor', undefined],
  ]
  for (const [target, path, query] of rows)
    test(`${target}: ${path ?? 'Express reads it'}`, () => {
      const sent = eventsTarget(target)
      equal(sent?.path, path)
      deepEqual(sent && { ...sent.query }, query)
    })
})
