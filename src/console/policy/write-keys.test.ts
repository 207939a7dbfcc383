import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { idOfKey, newWriteKey, withNewKey, withRetiredKey } from './write-keys.ts'

const TEXT = `# who may send
apps:
  - id: ios
    write_keys: [ios-key-one]   # in every copy
    retired_keys: [ios-key-old]
  - id: android
    write_keys:
      - android-key
`

describe('write keys in apps.yaml', () => {
  test('a new key stands beside the old ones; comments and the other app stay', () => {
    const text = withNewKey(TEXT, 'ios', 'ios-key-two') ?? ''
    match(text, /# who may send/)
    match(text, /# in every copy/)
    deepEqual(parse(text).apps, [
      { id: 'ios', write_keys: ['ios-key-one', 'ios-key-two'], retired_keys: ['ios-key-old'] },
      { id: 'android', write_keys: ['android-key'] },
    ])
  })

  test('a retired key moves, also where none was retired before', async () => {
    const id = createHash('sha256').update('android-key').digest('hex').slice(0, 12)
    equal(await idOfKey('android-key'), id)
    deepEqual(parse((await withRetiredKey(TEXT, 'android', id)) ?? '').apps[1], {
      id: 'android',
      write_keys: [],
      retired_keys: ['android-key'],
    })
  })

  test('an app or key that is not there changes nothing', async () => {
    deepEqual(
      [
        withNewKey(TEXT, 'windows', 'k'),
        await withRetiredKey(TEXT, 'ios', '0'.repeat(12)),
        withNewKey(': [', 'ios', 'k'),
      ],
      [undefined, undefined, undefined],
    )
  })

  test('new keys are 24 letters of an address-safe alphabet, and differ', () => {
    const [one, two] = [newWriteKey(), newWriteKey()]
    match(one, /^[A-Za-z0-9_-]{24}$/)
    notEqual(one, two)
  })
})
