/** What every implementation of the `Choices` port promises. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createFreshness, type SharedFreshness } from '../../src/choices/freshness.ts'
import type { Choices, Freshness } from '../../src/choices/ports.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { ChoiceStatement, Observation } from '../../src/model/choice.ts'
import type { IdentityKind } from '../../src/model/event.ts'
import {
  ALL_DIMENSIONS,
  type Finding,
  PRECISE_LOCATION,
  SALE,
  SHARING,
  type SignalName,
  TARGETED_ADVERTISING,
} from '../../src/model/signal.ts'

type Counts = Awaited<ReturnType<Choices['counts']>> & { readonly covers: number; readonly walksCutShort: number }
interface CountedChoices extends Choices {
  counts(): Promise<Counts>
}
export interface ChoicesUnderTest {
  readonly choices: CountedChoices
  /** Closes and opens again over the same data. */
  reopen(): Promise<CountedChoices>
  /** Closes and removes the data. */
  end(): Promise<void>
}

const LIMITED: Finding = {
  signal: 'lmt',
  denies: 7,
  permits: 0,
  deviceLimit: true,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'lmt',
}
const GPC: Finding = { ...LIMITED, signal: 'gpc', deviceLimit: false, why: 'gpc' }
const COPPA: Finding = {
  ...LIMITED,
  signal: 'coppa',
  deviceLimit: false,
  denies: ALL_DIMENSIONS,
  child: true,
  why: 'child',
}

/** @param generation where freshness begins to count */
export function choicesContract(
  start: (freshness: Freshness, now: () => number) => Promise<ChoicesUnderTest>,
  generation = 0,
): void {
  let underTest: ChoicesUnderTest
  let choices: CountedChoices
  let freshness: SharedFreshness
  let now = 1_000
  let published: number

  beforeEach(async () => {
    freshness = createFreshness(1, { generation })
    freshness.registerDataThread()
    published = 0
    const counted: Freshness = {
      ...freshness,
      publish: (changed) => {
        published += 1
        return freshness.publish(changed)
      },
    }
    underTest = await start(counted, () => now)
    choices = underTest.choices
  })
  afterEach(async () => {
    await underTest.end()
    freshness.close()
  })

  const key = (value: string, kind: IdentityKind = 'user'): IdentityKey => choices.keyOf({ kind, value })
  const say = (said: Partial<ChoiceStatement>): ChoiceStatement => ({
    denies: 0,
    permits: 0,
    child: false,
    channel: 'app',
    saidBy: 'test',
    at: ++now,
    ...said,
  })
  const seen = (values: readonly string[], said: Partial<Observation> = {}): Observation => ({
    identities: values.map((value) => key(value)),
    restricting: [],
    lifting: [],
    at: ++now,
    ...said,
  })
  const heard = (device: string, restricting: readonly Finding[], lifting: readonly SignalName[] = []): Observation =>
    seen([device], { device: key(device), restricting, lifting })
  const findings = (...values: string[]): readonly Finding[] =>
    choices.lookup(values.map((value) => key(value))).standing.findings
  const denied = (...values: string[]): number => findings(...values).reduce((bits, { denies }) => bits | denies, 0)
  const permitted = (...values: string[]): number =>
    findings(...values).reduce((bits, { permits }) => bits | permits, 0)

  describe('a stored choice', () => {
    test('stands for each of its identities, and for nobody else', async () => {
      await choices.put([key('u'), key('a', 'anonymous')], say({ denies: SALE }))
      equal(denied('u'), SALE)
      equal(choices.lookup([key('a', 'anonymous')]).standing.findings.length, 1)
      deepEqual(choices.lookup([key('a')]).standing, { findings: [] })
      deepEqual(choices.lookup([]).standing, { findings: [] })
    })

    test('is found by any one of many identities', async () => {
      await choices.put([key('id-11')], say({ denies: SALE }))
      equal(denied(...Array.from({ length: 20 }, (_, index) => `id-${index}`)), SALE)
    })

    test('is the person\'s own withdrawal, for the reason "choice"', async () => {
      await choices.put([key('u')], say({ denies: 7 }))
      deepEqual(findings('u'), [
        {
          signal: 'choice',
          denies: 7,
          permits: 0,
          deviceLimit: false,
          child: false,
          countryOnly: false,
          withdrawal: true,
          why: 'choice',
        },
      ])
    })

    test('is in force when put resolves: every older stamp is stale', async () => {
      const { stamp } = choices.lookup([key('u')])
      await choices.put([key('u')], say({ denies: SALE }))
      equal(freshness.isCurrent(stamp), false)
      equal(freshness.isCurrent(choices.lookup([key('u')]).stamp), true)
    })

    test('leaves the stamps of others as they are, however many choices are made', async () => {
      await choices.observe([seen(['u', 'd'])])
      const { stamp } = choices.lookup([key('v'), key('w')])
      for (let change = 0; change < 24; change++) {
        await choices.put([key('u')], say({ denies: change % 2 === 0 ? SALE : SHARING, channel: 'user_token' }))
        equal(freshness.isCurrent(stamp, [key('v'), key('w')]), true, `change ${change}`)
        for (const value of ['u', 'd']) equal(freshness.isCurrent(stamp, [key('v'), key(value)]), false, value)
      }
    })

    test('makes the stamps of all whom it reaches or leaves stale', async () => {
      await choices.observe([seen(['a', 'b']), seen(['b', 'c'])])
      const people = ['a', 'b', 'c']
      const whom: string[] = []
      for (const said of [{ denies: SALE }, { denies: SHARING }, { permits: ALL_DIMENSIONS }, {}]) {
        const { stamp } = choices.lookup([key('c')])
        const before = people.map((value) => findings(value))
        await choices.put([key('a')], say({ ...said, channel: 'staff' }))
        const changed = people.filter((value, index) => !isDeepStrictEqual(findings(value), before[index]))
        for (const value of changed) equal(freshness.isCurrent(stamp, [key(value)]), false, value)
        whom.push(changed.join(''))
      }
      deepEqual(whom, ['abc', 'abc', 'abc', 'a'])
    })

    test('outlives a restart', async () => {
      await choices.put([key('u')], say({ denies: SALE }))
      choices = await underTest.reopen()
      equal(denied('u'), SALE)
    })

    test('put twice is kept once, said last when it was said last', async () => {
      await choices.put([key('u')], say({ denies: SALE, at: 10 }))
      await choices.put([key('u')], say({ denies: SALE, at: 20 }))
      deepEqual(
        (await choices.list([key('u')])).map(({ at }) => at),
        [20],
      )
      equal((await choices.counts()).choices, 1)
    })

    test('put twice by the person is kept once as well, be it an opt-in or a withdrawal', async () => {
      for (const said of [{ permits: SALE }, { permits: 0 }]) {
        await choices.put([key('u')], say({ ...said, channel: 'user_token' }))
        await choices.put([key('u')], say({ ...said, channel: 'user_token' }))
        deepEqual(
          (await choices.list([key('u')])).map(({ permits, at }) => [permits, at]),
          [[said.permits, now]],
        )
      }
    })

    test('many put at once all stand, and wait for few publications', async () => {
      const users = Array.from({ length: 500 }, (_, index) => `u-${index}`)
      await Promise.all(users.map((user) => choices.put([key(user)], say({ denies: SHARING }))))
      equal(users.filter((user) => denied(user) === SHARING).length, 500)
      equal((await choices.counts()).choices, 500)
      ok(published < 20, `${published} publications`)
    })

    test('about nobody is refused', async () => {
      await rejects(choices.put([], say({ denies: SALE })), { code: 'ERR_IDENTITY_INVALID' })
      const zeroed = key('00000000-0000-0000-0000-000000000000', 'advertising_id')
      await rejects(choices.put([zeroed], say({ denies: SALE })), { code: 'ERR_IDENTITY_INVALID' })
    })
  })

  describe('the list', () => {
    test('names what was said, by whom, when and through what, newest first', async () => {
      await choices.put([key('u')], say({ denies: SALE, at: 5, saidBy: 'import:crm', channel: 'import' }))
      await choices.put([key('u')], say({ denies: SHARING, at: 9 }))
      await choices.observe([seen(['u'], { restricting: [GPC], at: 7 })])
      deepEqual(
        (await choices.list([key('u')])).map(({ kind, denies, channel, saidBy, at }) => [
          kind,
          denies,
          channel,
          saidBy,
          at,
        ]),
        [
          ['choice', SHARING, 'app', 'test', 9],
          ['gpc', 7, 'signal', 'request', 7],
          ['choice', SALE, 'import', 'import:crm', 5],
        ],
      )
    })
  })

  describe('taking a choice back', () => {
    test('a later withdrawal by the person lifts it', async () => {
      await choices.put([key('u')], say({ denies: 7 }))
      await choices.put([key('u')], say({ channel: 'user_token' }))
      deepEqual(findings('u'), [])
      deepEqual(
        (await choices.list([key('u')])).map(({ denies }) => denies),
        [0],
      )
    })

    test('an earlier one does not, whenever it arrives', async () => {
      await choices.put([key('u')], say({ denies: 7, at: 100 }))
      await choices.put([key('u')], say({ channel: 'user_token', at: 99 }))
      equal(denied('u'), 7)
    })

    for (const channel of ['app', 'import', 'signal'] as const) {
      test(`nothing said through ${channel} lifts or opts in`, async () => {
        await choices.put([key('u')], say({ denies: 7, channel: 'user_token' }))
        await choices.put([key('u')], say({ channel }))
        await choices.put([key('u')], say({ channel, denies: SALE }))
        await choices.put([key('u'), key('v')], say({ channel, permits: ALL_DIMENSIONS }))
        equal(denied('u'), 7)
        equal(permitted('u', 'v'), 0)
      })
    }

    test('what a later statement does not mention stays denied', async () => {
      await choices.put([key('u')], say({ denies: SALE | SHARING, channel: 'user_token' }))
      await choices.put([key('u')], say({ permits: SALE, channel: 'user_token' }))
      equal(denied('u'), SHARING)
      equal(permitted('u'), SALE)
    })

    test('lifts from the identities it is about; copies go with the last of them', async () => {
      await choices.observe([seen(['a', 'linked'])])
      await choices.put([key('a'), key('b')], say({ denies: 7 }))
      await choices.put([key('b')], say({ channel: 'staff' }))
      deepEqual([denied('a'), denied('b'), denied('linked')], [7, 0, 7])
      await choices.put([key('a')], say({ channel: 'staff' }))
      deepEqual([denied('a'), denied('b'), denied('linked')], [0, 0, 0])
    })

    test("does not lift another identity's choice that came along a link", async () => {
      await choices.observe([seen(['u', 'v'])])
      await choices.put([key('v')], say({ denies: 7 }))
      await choices.put([key('u')], say({ channel: 'user_token' }))
      equal(denied('u'), 7)
    })

    test('that someone is a child is taken back by staff alone', async () => {
      await choices.put([key('u')], say({ child: true }))
      await choices.put([key('u')], say({ channel: 'user_token' }))
      await choices.put([key('u')], say({ channel: 'user_token', permits: ALL_DIMENSIONS }))
      equal(
        findings('u').some(({ child }) => child),
        true,
      )
      await choices.put([key('u')], say({ channel: 'staff' }))
      equal(
        findings('u').some(({ child }) => child),
        false,
      )
    })
  })

  describe('an opt-in', () => {
    test('counts for the identity it was said of and never travels along a link', async () => {
      await choices.observe([seen(['u', 'd'])])
      await choices.put([key('u')], say({ channel: 'user_token', permits: SALE }))
      equal(permitted('u'), SALE)
      equal(permitted('u', 'd'), SALE)
      equal(permitted('d'), 0)
    })

    test('is held back by a denial on any of the identities asked about', async () => {
      await choices.put([key('d')], say({ denies: SALE }))
      await choices.put([key('u')], say({ channel: 'user_token', permits: SALE | SHARING }))
      equal(permitted('u', 'd'), SHARING)
      equal(denied('u', 'd'), SALE)
    })

    test('stands on beside a later statement, but only for the identity it was said of', async () => {
      await choices.put([key('u')], say({ channel: 'user_token', permits: SALE }))
      await choices.put([key('u'), key('d')], say({ channel: 'user_token', permits: SHARING }))
      deepEqual([permitted('u'), permitted('d')], [SALE | SHARING, SHARING])
      await choices.put([key('u')], say({ channel: 'user_token', denies: SALE | 8 }))
      deepEqual([permitted('u'), permitted('d'), denied('u')], [SHARING, SHARING, SALE | 8])
    })

    test('that was denied later does not come back when everything is withdrawn', async () => {
      await choices.put([key('u')], say({ channel: 'user_token', permits: SALE }))
      await choices.put([key('u')], say({ channel: 'app', denies: SALE }))
      await choices.put([key('u')], say({ channel: 'user_token' }))
      deepEqual(findings('u'), [])
    })

    test('lifts a signal whose every denial it permits, but never a device limit or a child', async () => {
      await choices.observe([heard('d', [GPC, LIMITED, COPPA])])
      await choices.put([key('d')], say({ channel: 'user_token', permits: ALL_DIMENSIONS }))
      deepEqual(
        findings('d')
          .filter(({ denies }) => denies !== 0)
          .map(({ signal }) => signal)
          .sort(),
        ['coppa', 'lmt'],
      )
    })
  })

  describe('links', () => {
    test('a choice made before or after the link restricts every linked identity, however far', async () => {
      await choices.put([key('a')], say({ denies: SALE }))
      await choices.observe([seen(['a', 'b']), seen(['c', 'd'])])
      await choices.observe([seen(['b', 'c'])])
      await choices.put([key('d')], say({ denies: SHARING }))
      for (const value of ['a', 'b', 'c', 'd']) equal(denied(value), SALE | SHARING, value)
    })

    test('that copy a restriction are in force when observe resolves', async () => {
      await choices.put([key('a')], say({ denies: SALE }))
      const { stamp } = choices.lookup([key('b')])
      await choices.observe([seen(['a', 'b'])])
      equal(freshness.isCurrent(stamp), false)
      equal(denied('b'), SALE)
    })

    test('that copy nothing make the stamps of their ends stale and nobody else’s, and outlive a restart', async () => {
      const { stamp } = choices.lookup([key('a')])
      await choices.observe([seen(['a', 'b'])])
      deepEqual(
        ['a', 'b', 'c'].map((value) => freshness.isCurrent(stamp, [key(value)])),
        [false, false, true],
      )
      equal(published, 0)
      choices = await underTest.reopen()
      await choices.put([key('a')], say({ denies: SALE }))
      equal(denied('b'), SALE)
    })

    test('are counted once', async () => {
      await choices.observe([seen(['a', 'b', 'c']), seen(['a', 'b', 'c']), seen(['b', 'a'])])
      equal((await choices.counts()).links, 2)
    })

    test('zeroed ids link nobody', async () => {
      const zeroed = { kind: 'advertising_id', value: '00000000-0000-0000-0000-000000000000' } as const
      for (const user of ['u', 'v']) {
        await choices.observe([{ ...seen([user]), identities: [key(user), choices.keyOf(zeroed)] }])
      }
      await choices.put([key('u')], say({ denies: SALE }))
      equal(denied('v'), 0)
    })
  })

  describe('sticky signals', () => {
    test('a restricting signal stands for every identity of its request when observe resolves', async () => {
      const { stamp } = choices.lookup([key('u')])
      await choices.observe([seen(['u', 'd'], { restricting: [LIMITED], device: key('d') })])
      deepEqual(findings('u'), [LIMITED])
      deepEqual(findings('d'), [LIMITED])
      equal(freshness.isCurrent(stamp), false)
    })

    test('outlive a restart', async () => {
      await choices.observe([heard('d', [COPPA])])
      choices = await underTest.reopen()
      deepEqual(findings('d'), [COPPA])
    })

    test('a newer valid signal of the kind from the same device lifts it, everywhere', async () => {
      await choices.observe([seen(['u', 'd'], { restricting: [LIMITED], device: key('d') })])
      await choices.observe([seen(['u', 'd'], { lifting: ['lmt'], device: key('d') })])
      deepEqual(findings('u', 'd'), [])
    })

    const strangers: [string, readonly string[]][] = [
      ['the device alone', ['d']],
      ['the device and somebody else', ['d', 'stranger']],
    ]
    for (const [who, identities] of strangers) {
      test(`whoever names ${who} lifts nothing that the person said, and adds nothing to their gain`, async () => {
        await choices.observe([seen(['u', 'a', 'd'], { restricting: [LIMITED], device: key('d') })])
        await choices.observe([seen(identities, { lifting: ['lmt'], device: key('d') })])
        for (const one of ['u', 'a', 'd']) deepEqual(findings(one), [LIMITED], one)
      })
    }

    test('is lifted from the identities that the newer one names, and from no other', async () => {
      await choices.observe([seen(['u', 'a', 'd'], { restricting: [LIMITED], device: key('d') })])
      await choices.observe([seen(['a', 'd'], { lifting: ['lmt'], device: key('d') })])
      deepEqual(findings('a', 'd'), [])
      deepEqual(findings('u'), [LIMITED])
    })

    test('of an advertising id alone is not lifted by it: partners know it', async () => {
      const id = key('6D92078A-8246-4BA4-AE5B-76104861E7DC', 'advertising_id')
      await choices.observe([seen([], { identities: [id], restricting: [LIMITED], device: id })])
      await choices.observe([seen([], { identities: [id], lifting: ['lmt'], device: id })])
      deepEqual(choices.lookup([id]).standing.findings, [LIMITED])
    })

    test('what was merely refused is lifted by any valid one of the device', async () => {
      const refused: Finding = { ...LIMITED, withdrawal: false, why: 'signal_invalid' }
      await choices.observe([seen(['u', 'd'], { restricting: [refused], device: key('d') })])
      await choices.observe([heard('d', [], ['lmt'])])
      deepEqual(findings('u', 'd'), [])
    })

    const lifts: [string, Partial<Observation>][] = [
      ['an older one', { at: 50 }],
      ['one of the same moment', { at: 100 }],
      ['one of another kind', { lifting: ['gpc', 'att'] }],
      ['one that also restricts', { restricting: [LIMITED] }],
    ]
    for (const [what, said] of lifts) {
      test(`${what} does not`, async () => {
        await choices.observe([{ ...heard('d', [LIMITED]), at: 100 }])
        now = 1_000
        await choices.observe([{ ...heard('d', [], ['lmt']), ...said }])
        deepEqual(findings('d'), [LIMITED])
      })
    }

    test('one that speaks of a part of it does not lift it; one that speaks of all of it does, though both are the same kind', async () => {
      const optedOut: Finding = { ...LIMITED, signal: 'gpp', denies: SALE | TARGETED_ADVERTISING, why: 'gpp' }
      await choices.observe([heard('d', [optedOut])])
      for (const gpp of [0, SALE, SALE, PRECISE_LOCATION]) {
        await choices.observe([{ ...heard('d', [], ['gpp']), covers: { gpp } }])
        deepEqual(findings('d'), [optedOut], `covers ${gpp}`)
      }
      await choices.observe([{ ...heard('d', [], ['gpp']), covers: { gpp: SALE | TARGETED_ADVERTISING } }])
      deepEqual(findings('d'), [])
    })

    test('an age is not lifted by one that does not speak of it', async () => {
      const young: Finding = { ...LIMITED, signal: 'gpp', denies: 0, band: '13_15', deviceLimit: false, why: 'agreed' }
      await choices.observe([heard('d', [young])])
      await choices.observe([{ ...heard('d', [], ['gpp']), covers: { gpp: ALL_DIMENSIONS } }])
      deepEqual(findings('d'), [young])
    })

    test('another device of the same person does not lift it, nor a request without a device', async () => {
      await choices.observe([seen(['u', 'd1'], { restricting: [LIMITED], device: key('d1') })])
      await choices.observe([seen(['u', 'd2'], { lifting: ['lmt'], device: key('d2') })])
      await choices.observe([seen(['u', 'd1'], { lifting: ['lmt'] })])
      deepEqual(findings('u'), [LIMITED])
    })

    test('no signal lifts a choice or a child', async () => {
      await choices.put([key('d')], say({ denies: SALE }))
      await choices.observe([heard('d', [COPPA])])
      await choices.observe([heard('d', [], ['choice', 'coppa', 'age'])])
      equal(denied('d'), ALL_DIMENSIONS)
      equal(findings('d').length, 2)
    })

    test('said, lifted and said again as often as it changes, from requests with different identities', async () => {
      for (let round = 0; round < 3; round++) {
        await choices.observe([seen(['d', 'a'], { device: key('d'), restricting: [LIMITED] })])
        deepEqual(findings('d'), [LIMITED], `round ${round}`)
        await choices.observe([seen(['d', 'u', 'a'], { device: key('d'), lifting: ['lmt'] })])
        deepEqual(findings('d', 'u', 'a'), [], `round ${round}`)
      }
    })

    test('a weaker signal of the kind adds and lifts nothing', async () => {
      await choices.observe([heard('d', [{ ...GPC, denies: ALL_DIMENSIONS }])])
      await choices.observe([heard('d', [{ ...GPC, denies: SALE }])])
      equal(denied('d'), ALL_DIMENSIONS)
    })

    test('what says nothing new is published once, said how often ever', async () => {
      const observation = seen(['d', 'u'], { device: key('d'), restricting: [LIMITED], lifting: ['gpc'] })
      await choices.observe([observation, observation])
      const { stamp } = choices.lookup([key('d')])
      for (let repeat = 0; repeat < 5; repeat++) await choices.observe([{ ...observation, at: ++now }])
      equal(freshness.isCurrent(stamp), true)
      equal(published, 1)
    })

    test('two sent at once end as the later of them says', async () => {
      await choices.observe([heard('d', [LIMITED])])
      const lift = choices.observe([{ ...heard('d', [], ['lmt']), at: 5_000 }])
      const restrict = choices.observe([{ ...heard('d', [LIMITED]), at: 5_001 }])
      await Promise.all([lift, restrict])
      deepEqual(findings('d'), [LIMITED])
      now = 6_000
    })
  })

  describe('an id that very many share', () => {
    test('stays restricted and cheap: more statements than it can hold are covered by one that no signal lifts', async () => {
      const devices = Array.from({ length: 120 }, (_, index) => `d-${index}`)
      for (const device of devices) {
        await choices.observe([seen(['shared', device], { device: key(device), restricting: [LIMITED] })])
      }
      ok(
        (await choices.list([key('shared')])).length <= 65,
        `${(await choices.list([key('shared')])).length} statements`,
      )
      await choices.observe(
        devices.map((device) => seen(['shared', device], { device: key(device), lifting: ['lmt'] })),
      )
      deepEqual(
        findings('shared').map(({ denies, deviceLimit }) => [denies, deviceLimit]),
        [[7, true]],
      )
      equal((await choices.counts()).covers, 121)
      await choices.put([key('shared')], say({ channel: 'user_token' }))
      equal(findings('shared').length, 1)
      await choices.put([key('shared')], say({ channel: 'staff' }))
      equal(findings('shared').length, 0)
    })

    test('a choice reaches every linked identity before it is acknowledged, whichever of them it was said of', async () => {
      const others = Array.from({ length: 2_500 }, (_, index) => `o-${index}`)
      await choices.observe(others.map((other) => seen(['shared', other])))
      const reached = await choices.put([key('o-7')], say({ denies: SALE }))
      equal(others.filter((other) => denied(other) !== SALE).length, 0)
      equal(reached.length, 2_501)
      equal(reached[0], key('o-7'))
      equal((await choices.counts()).walksCutShort, 0)
    })

    test('what is taken back in part goes on denying the rest on all of them', async () => {
      const others = Array.from({ length: 600 }, (_, index) => `o-${index}`)
      await choices.observe(others.map((other) => seen(['shared', other])))
      await choices.put([key('shared')], say({ denies: SALE | SHARING }))
      await choices.put([key('shared')], say({ permits: SHARING, channel: 'user_token' }))
      deepEqual([...new Set(others.map((other) => denied(other)))], [SALE])
    })

    test('a signal reaches the nearest of very many linked identities, and that is counted', async () => {
      const others = Array.from({ length: 400 }, (_, index) => `o-${index}`)
      await choices.observe(others.map((other) => seen(['shared', other])))
      await choices.observe([seen(['shared'], { restricting: [GPC] })])
      equal(others.filter((other) => denied(other) !== 7).length, 0, 'what people say of themselves goes further')
      await choices.observe([seen(['shared'], { restricting: [LIMITED] })])
      equal((await choices.counts()).walksCutShort, 1)
    })
  })

  describe('keys of an earlier formula', () => {
    const braces = { kind: 'advertising_id', value: '{6D92078A-8246-4BA4-AE5B-76104861E7DC}' } as const

    test('restrict whoever has the key of now, from the first time they are seen, and permit nothing', async () => {
      const [former] = choices.formerKeysOf(braces)
      const now = choices.keyOf(braces)
      await choices.put([former!], say({ denies: SALE, permits: SHARING, channel: 'user_token' }))
      deepEqual(choices.lookup([now]).standing.findings, [])
      await choices.observe([seen(['u'], { identities: [now, ...choices.formerKeysOf(braces)], device: now })])
      const [finding, ...more] = choices.lookup([now]).standing.findings
      deepEqual([finding?.denies, finding?.permits, more.length], [SALE, 0, 0])
      deepEqual((await choices.list(choices.keysFor(braces))).length, 1)
    })
  })

  describe('a namespace that is split off', () => {
    const inB = (value: string): IdentityKey => choices.keyOf({ kind: 'user', value, of: { namespace: 'b' } })
    const deniedAt = (key: IdentityKey): number =>
      choices.lookup([key]).standing.findings.reduce((bits, { denies }) => bits | denies, 0)

    test('begins with what restricted equal ids, with no opt-in, and goes its own way from there', async () => {
      await choices.observe([seen(['1001', 'd'], { device: key('d'), restricting: [LIMITED] })])
      await choices.put([key('1001')], say({ denies: SALE, permits: SHARING, channel: 'user_token' }))
      await choices.put([key('1002')], say({ permits: SALE, channel: 'user_token' }))
      await choices.splitNamespaces(['b'], false)
      await choices.put([key('1003')], say({ denies: SALE }))
      await choices.splitNamespaces(['b'], true)
      deepEqual([deniedAt(inB('1001')) & SALE, deniedAt(inB('1002')), deniedAt(inB('1003'))], [SALE, 0, SALE])
      equal(
        choices.lookup([inB('1001')]).standing.findings.some(({ deviceLimit }) => deviceLimit),
        true,
      )
      equal(choices.lookup([inB('1002')]).standing.findings.length, 0)

      await choices.put([key('1004')], say({ denies: SALE }))
      await choices.splitNamespaces(['b'], true)
      equal(deniedAt(inB('1004')), 0, 'what is said later is said in one namespace')
      await choices.put([inB('1003')], say({ channel: 'user_token' }))
      deepEqual([deniedAt(inB('1003')), denied('1003')], [0, SALE], 'a lift here lifts nothing there')
    })

    test('reaches the devices of before, and equal ids through no other way', async () => {
      await choices.observe([seen(['1001', 'd'], { device: key('d') })])
      await choices.splitNamespaces(['b'], true)
      await choices.put([inB('2002')], say({ denies: SALE }))
      equal(denied('2002'), 0)
      await choices.put([inB('1001')], say({ denies: SALE }))
      equal(denied('d'), SALE)
    })

    test('is known after a restart, and nothing is copied again', async () => {
      await choices.splitNamespaces(['b'], true)
      choices = await underTest.reopen()
      await choices.put([key('1001')], say({ denies: SALE }))
      await choices.splitNamespaces(['b'], true)
      equal(deniedAt(inB('1001')), 0)
    })
  })

  describe('handles', () => {
    test('lead to their keys for an hour, after a restart too, and show no identity', async () => {
      const keys = [key('u'), key('d')]
      const handle = choices.handleFor(keys)
      match(handle, /^[\w-]{88}$/)
      notEqual(handle, choices.handleFor(keys))
      deepEqual(choices.keysOf(handle), keys)
      const bytes = Buffer.from(handle, 'base64url').toString('hex')
      for (const one of keys) equal(bytes.includes(one), false)
      choices = await underTest.reopen()
      deepEqual(choices.keysOf(handle), keys)
      now += 3_600_000
      equal(choices.keysOf(handle), undefined)
    })
  })

  describe('health', () => {
    test('is good while writes work', async () => {
      await choices.put([key('u')], say({ denies: SALE }))
      deepEqual(choices.health(), { writable: true, why: '' })
    })
  })
}
