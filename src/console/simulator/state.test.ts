import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventOf, readAsked } from './state.ts'

describe('a permalink of the simulator', () => {
  test('holds persona, state, partner and revisions', () => {
    const asked = {
      persona: 'child',
      choice: 'opted_out',
      gpc: 1,
      att: 2,
      country: 'DE',
      partner: 'acme',
      revision: '3',
    }
    deepEqual(readAsked(asked), {
      persona: 'child',
      choice: 'opted_out',
      gpc: '1',
      att: '2',
      country: 'DE',
      partner: 'acme',
      revision: 3,
    })
  })

  test('holds nothing else, whatever somebody writes into it', () => {
    deepEqual(
      readAsked({ event: '{"userId":"u-1"}', persona: 'ann@mail.example', country: 'Germany', revision: '-1' }),
      {},
    )
  })

  test('an event that was pasted is in the question alone', () => {
    const source = { kind: 'pasted', event: { type: 'track' }, app: 'shop' } as const
    deepEqual(eventOf({ choice: 'opted_out' }, source), {
      event: { type: 'track' },
      app: 'shop',
      state: { choice: 'opted_out' },
    })
  })
})
