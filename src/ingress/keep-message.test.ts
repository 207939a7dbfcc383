import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Steps } from '../flow/work.ts'
import type { GoodToKeep, ToKeep } from './accepting.ts'
import { messageOf, readMessage, writePart } from './keep-message.ts'

function all<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

const event = { fields: { locale: 'de\nAT', name: 'Zo\u00eb\u2028' }, tainted: [], signals: {} }
// Sound: what lies in an event is carried as it is, whatever it is.
const good = (part: object, more: object = {}): GoodToKeep =>
  ({
    keys: ['00', 'ff'],
    classified: { messageId: 'm-1', partners: ['acme', 'bond'], event, ...part },
    ...more,
  }) as never
const toKeep = (part: object): ToKeep =>
  ({ app: { id: 'shop' }, revision: 7, said: [], good: [], rejected: [], refusal: undefined, ...part }) as never
const passed = (...parts: readonly ToKeep[]): readonly unknown[] =>
  all(readMessage(messageOf(parts.map((part, index) => all(writePart(`digest-${index}`, part))))))

describe('what one cell asks another to keep', () => {
  test('arrives as it was, with the partners that were stopped when it was accepted', () => {
    const said = [{ identities: ['00'], restricting: [{ signal: 'gpc', denies: 7 }], lifting: [], at: 5 }]
    const part = toKeep({ said, good: [good({ stopped: ['bond'] }), good({ messageId: 'm-2' })] })
    deepEqual(passed(part), [{ digest: 'digest-0', toKeep: part }])
  })

  test('several parts are told apart, and one may hold nothing but what was said', () => {
    const said = [{ identities: ['00'], restricting: [], lifting: ['gpc'], at: 5 }]
    const parts = [toKeep({ said }), toKeep({ revision: 8, good: [good({})] })]
    deepEqual(
      passed(...parts),
      parts.map((part, index) => ({ digest: `digest-${index}`, toKeep: part })),
    )
  })

  test('nothing goes along that is only for the cell that took it in', () => {
    const here = good({ identities: [{ kind: 'user', value: 'ann' }], found: {} }, { watched: { userId: 'ann' } })
    deepEqual(passed(toKeep({ good: [here] })), [{ digest: 'digest-0', toKeep: toKeep({ good: [good({})] }) }])
  })

  test('what was refused is counted where it came in, and by no other cell', () => {
    const part = toKeep({ good: [good({})], rejected: [{ code: 'EVENT_NO_ID' }] })
    deepEqual(passed(part), [{ digest: 'digest-0', toKeep: toKeep({ good: [good({})] }) }])
  })
})
