import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tidyTarget } from './routes.ts'

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
