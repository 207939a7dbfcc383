import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppId } from '../model/brand.ts'
import { createHeardSdks } from './heard.ts'

const APP = 'shop' as AppId
const sdk = (name: unknown, version: unknown) => ({ context: { library: { name, version } } }) as never

function heardAt() {
  const clock = { now: 1_000 }
  return { clock, heard: createHeardSdks(() => clock.now) }
}

describe('which SDKs have been heard of', () => {
  test('by name and version, since when and how lately, the latest first', () => {
    const { clock, heard } = heardAt()
    heard.sent(APP, sdk('analytics-swift', '1.9.2'), undefined)
    clock.now = 2_000
    heard.sent(APP, { type: 'track' }, { library: { name: 'RudderLabs JavaScript SDK', version: '3.27.1' } })
    clock.now = 3_000
    heard.sent(APP, sdk('analytics-swift', '1.9.2'), undefined)
    deepEqual(heard.of(APP).sdks, [
      { name: 'analytics-swift', version: '1.9.2', firstAt: 1_000, lastAt: 3_000, requests: 2 },
      { name: 'RudderLabs JavaScript SDK', version: '3.27.1', firstAt: 2_000, lastAt: 2_000, requests: 1 },
    ])
    deepEqual(heard.of('another' as AppId), { sdks: [], askedAt: undefined, refusal: undefined })
  })

  test('what is no name of an SDK is not shown: it is somebody’s text', () => {
    const { heard } = heardAt()
    for (const [name, version] of [
      ['ann@mail.example', '1'],
      [{ a: 1 }, '1.0'],
      ['analytics.js', 'ann@mail.example'],
      ['analytics.js', '6D92078A-8246-4BA4-AE5B-76104861E7DC'],
      [undefined, undefined],
    ])
      heard.sent(APP, sdk(name, version), undefined)
    deepEqual(
      heard.of(APP).sdks.map(({ name, version }) => `${name} ${version}`),
      ['unnamed 1', 'unnamed 1.0', 'unnamed ', 'analytics.js '],
    )
  })

  test('a flood of names is told as one', () => {
    const { heard } = heardAt()
    for (let one = 0; one < 500; one++)
      heard.sent(
        APP,
        sdk(`sdk ${'abcdefghij'[one % 10]}${'abcdefghij'[Math.floor(one / 10) % 10]}x`, `${one}.0`),
        undefined,
      )
    equal(heard.of(APP).sdks.length, 21)
    equal(heard.of(APP).sdks.find(({ name }) => name === 'other')?.requests, 480)
  })

  test('what was refused last, by app, and of nobody', () => {
    const { clock, heard } = heardAt()
    heard.refused(APP, 'EVENT_NO_ID')
    clock.now = 2_000
    heard.refused(APP, 'ERR_KEY_RETIRED')
    heard.refused(undefined, 'ERR_KEY_UNKNOWN')
    heard.asked(APP)
    deepEqual(heard.of(APP).refusal, { code: 'ERR_KEY_RETIRED', at: 2_000, count: 2 })
    equal(heard.of(APP).askedAt, 2_000)
    equal(heard.unknownApp()?.code, 'ERR_KEY_UNKNOWN')
  })
})
