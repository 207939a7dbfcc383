/** More privacy never discloses more: whatever was said before, in whatever order, and whoever it is linked to. */
import { deepEqual, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { eraseIdentities } from '../../src/choices/erase.ts'
import { findingText } from '../../src/choices/finding.ts'
import { EVERYONE } from '../../src/choices/last-changed.ts'
import { stepAll } from '../../src/choices/reach.ts'
import { mergeStanding } from '../../src/choices/standing.ts'
import type { StatementStore } from '../../src/choices/store.ts'
import { watchStore } from '../../src/choices/watched-store.ts'
import { keepChoice, keepObservation } from '../../src/choices/write.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import { CHANNELS, type ChoiceStatement, type Observation } from '../../src/model/choice.ts'
import type { Finding, SignalName } from '../../src/model/signal.ts'
import { type ChoicesWriter, createChoicesWriter } from '../../src/storage/sqlite/choices.ts'
import { type ChoicesReader, createChoicesReader } from '../../src/storage/sqlite/choices-reader.ts'
import { prepareChoicesSchema } from '../../src/storage/sqlite/choices-schema.ts'
import { openDatabase } from '../../src/storage/sqlite/open.ts'

type Step =
  | { readonly kind: 'put'; readonly keys: readonly IdentityKey[]; readonly statement: ChoiceStatement }
  | { readonly kind: 'observe'; readonly observation: Observation }

const KEYS = Array.from({ length: 8 }, (_, index) => index.toString(16).padStart(32, '0') as IdentityKey)
const SIGNALS = ['gpc', 'lmt', 'us_privacy', 'location_permission', 'coppa'] as const satisfies readonly SignalName[]

const someKeys = fc.subarray(KEYS, { minLength: 1, maxLength: 4 })
const bits = fc.integer({ min: 0, max: 15 })
const time = fc.integer({ min: 1, max: 20 })
const restricting: fc.Arbitrary<Finding> = fc
  .record({ signal: fc.constantFrom(...SIGNALS), denies: fc.integer({ min: 1, max: 15 }) })
  .map(({ signal, denies }) => ({
    signal,
    denies,
    permits: 0,
    deviceLimit: signal === 'lmt',
    child: signal === 'coppa',
    countryOnly: signal === 'location_permission',
    withdrawal: true,
    why: 'lmt',
  }))
const statement: fc.Arbitrary<ChoiceStatement> = fc
  .record({ denies: bits, permits: bits, child: fc.boolean(), channel: fc.constantFrom(...CHANNELS), at: time })
  .map((said) => ({ ...said, child: said.child && said.denies > 7, saidBy: said.channel }))
const observation: fc.Arbitrary<Observation> = fc
  .record({
    identities: someKeys,
    restricting: fc.array(restricting, { maxLength: 2 }),
    lifting: fc.subarray([...SIGNALS]),
    hasDevice: fc.boolean(),
    at: time,
  })
  .map(({ hasDevice, ...said }) => {
    const [device] = said.identities
    return hasDevice && device !== undefined ? { ...said, device } : said
  })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), keys: someKeys, statement }),
  fc.record({ kind: fc.constant('observe' as const), observation }),
)
const history = fc.array(step, { maxLength: 12 })
/** Says no to something, yes to nothing. */
const restrictingStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    keys: someKeys,
    statement: statement.filter(({ denies, child }) => denies !== 0 || child).map((said) => ({ ...said, permits: 0 })),
  }),
  fc.record({
    kind: fc.constant('observe' as const),
    observation: observation.map((said) => ({ ...said, lifting: [] })),
  }),
)
const onlyNarrowing: fc.Arbitrary<readonly Step[]> = fc.array(restrictingStep, { maxLength: 12 })

interface Effect {
  readonly denies: number
  readonly permits: number
  readonly child: boolean
  readonly deviceLimit: boolean
  readonly countryOnly: boolean
}
function effectOf(findings: readonly Finding[]): Effect {
  const denies = findings.reduce((all, one) => all | one.denies, 0)
  return {
    denies,
    permits: findings.reduce((all, one) => all | one.permits, 0) & ~denies,
    child: findings.some((one) => one.child),
    deviceLimit: findings.some((one) => one.deviceLimit),
    countryOnly: findings.some((one) => one.countryOnly),
  }
}
function deniesAtLeast(a: Effect, b: Effect): boolean {
  return (
    (b.denies & ~a.denies) === 0 &&
    (a.child || !b.child) &&
    (a.deviceLimit || !b.deviceLimit) &&
    (a.countryOnly || !b.countryOnly)
  )
}
function isAtLeastAsStrict(a: Effect, b: Effect): boolean {
  return deniesAtLeast(a, b) && (a.permits & ~b.permits) === 0
}

describe('more privacy never discloses more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-choices-'))
  let db: DatabaseSync
  let store: ChoicesWriter
  before(() => {
    db = openDatabase(join(folder, 'choices.db'))
    prepareChoicesSchema(db)
    store = createChoicesWriter(db)
  })
  after(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })

  const take = (one: Step): void => write(store, one)
  /** Each case in a transaction that is undone; the reader sees it because it shares the connection. */
  const undone = (body: (lookup: (keys: readonly IdentityKey[]) => Effect) => void): void => {
    const reader: ChoicesReader = createChoicesReader(db)
    db.exec('BEGIN')
    try {
      body((keys) => effectOf(mergeStanding(reader.standing(keys)).findings))
    } finally {
      db.exec('ROLLBACK')
    }
  }
  const check = <T extends unknown[]>(
    arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
    body: (...values: T) => void,
  ) => fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<T[0]>]), body as never), { numRuns: 1_000 })

  test('one more statement that restricts never leaves anybody less restricted', () => {
    check([history, restrictingStep, someKeys], (steps, last, keys) => {
      undone((lookup) => {
        steps.forEach(take)
        const earlier = KEYS.map((key) => lookup([key]))
        const earlierTogether = lookup(keys)
        take(last)
        KEYS.forEach((key, index) => {
          ok(isAtLeastAsStrict(lookup([key]), earlier[index] as Effect))
        })
        ok(isAtLeastAsStrict(lookup(keys), earlierTogether))
      })
    })
  })

  test('one more identity never takes a denial away', () => {
    check([history, someKeys, someKeys], (steps, some, more) => {
      undone((lookup) => {
        steps.forEach(take)
        ok(deniesAtLeast(lookup([...some, ...more]), lookup(some)))
      })
    })
  })

  test('one more link never leaves anybody less restricted', () => {
    check([history, someKeys], (steps, identities) => {
      undone((lookup) => {
        steps.forEach(take)
        const earlier = KEYS.map((key) => lookup([key]))
        keepObservation(store, { identities, restricting: [], lifting: [], at: 30 })
        KEYS.forEach((key, index) => {
          ok(isAtLeastAsStrict(lookup([key]), earlier[index] as Effect))
        })
      })
    })
  })

  test('whoever’s state a write changes is named, and so are both ends of a new link', () => {
    const lasts = fc.oneof(step, someKeys)
    let changes = 0
    let bystanders = 0
    check([history, lasts], (steps, last) => {
      undone(() => {
        const { store: watched, take: taken } = watchStore(store)
        steps.forEach((one) => void write(watched, one))
        taken()
        const reader = createChoicesReader(db)
        const stateOf = (key: IdentityKey) => ({
          findings: new Set(mergeStanding(reader.standing([key])).findings.map(findingText)),
          links: new Set(store.neighbours(key, 100)),
        })
        const before = KEYS.map(stateOf)
        if ('kind' in last) write(watched, last)
        else eraseIdentities(watched, last, { channel: 'staff', at: 30 })
        const { changed } = taken()
        KEYS.forEach((key, index) => {
          const { findings, links } = stateOf(key)
          const isNewlyLinked = [...links].some((other) => !before[index]!.links.has(other))
          const isOther = !isDeepStrictEqual(findings, before[index]!.findings) || isNewlyLinked
          if (isOther) changes++
          if (isOther) ok(changed === EVERYONE || changed.includes(key), `${key} is not named`)
          else if (!changed.includes(key)) bystanders++
        })
      })
    })
    ok(changes > 500 && bystanders > 500, `${changes} changes, ${bystanders} bystanders`)
  })

  test('a first link shares every denial, whatever was lifted before', () => {
    check([history, someKeys], (steps, identities) => {
      undone((lookup) => {
        steps.forEach(take)
        const stranger = 'f'.repeat(32) as IdentityKey
        const together = lookup(identities)
        for (const key of identities) {
          keepObservation(store, { identities: [stranger, key], restricting: [], lifting: [], at: 30 })
        }
        ok(deniesAtLeast(lookup([stranger]), together))
      })
    })
  })

  test('where nothing is ever lifted, everybody has the denials of all they are linked to, in any order', () => {
    check([onlyNarrowing], (steps) => {
      undone((lookup) => {
        steps.forEach(take)
        for (const key of KEYS) deepEqual({ ...lookup([key]), permits: 0 }, expectedOf(key, steps))
      })
    })
  })

  test('what a device says lifts nothing but what it said itself', () => {
    check([onlyNarrowing, observation], (steps, last) => {
      undone((lookup) => {
        steps.forEach(take)
        const { device } = last
        keepObservation(store, { ...last, at: 30, lifting: [...SIGNALS], restricting: [] })
        const others = steps.map((one) =>
          one.kind === 'put' || one.observation.device !== device || device === undefined
            ? one
            : muted(one.observation),
        )
        const linked: Step = { kind: 'observe', observation: { ...last, lifting: [], restricting: [] } }
        for (const key of KEYS) ok(deniesAtLeast(lookup([key]), expectedOf(key, [...others, linked])))
      })
    })
  })
})

function write(store: StatementStore, one: Step): void {
  if (one.kind === 'put') stepAll(store, keepChoice(store, one.keys, one.statement))
  else keepObservation(store, one.observation)
}

/** The step without what the device may lift: its links stay, and what says that someone is a child. */
function muted(said: Observation): Step {
  return { kind: 'observe', observation: { ...said, restricting: said.restricting.filter(({ child }) => child) } }
}

/** Worked out apart from the code under test: groups of linked identities, and the union of what is said in each. */
function expectedOf(key: IdentityKey, steps: readonly Step[]): Effect {
  const group = new Set([key])
  for (let size = 0; size !== group.size; ) {
    size = group.size
    for (const one of steps) {
      if (one.kind !== 'observe' || !one.observation.identities.some((identity) => group.has(identity))) continue
      for (const identity of one.observation.identities) group.add(identity)
    }
  }
  let effect: Effect = { denies: 0, permits: 0, child: false, deviceLimit: false, countryOnly: false }
  for (const one of steps) {
    const said = one.kind === 'put' ? one.keys : one.observation.identities
    if (!said.some((identity) => group.has(identity))) continue
    const findings = one.kind === 'put' ? [one.statement] : one.observation.restricting
    for (const finding of findings) {
      effect = {
        denies: effect.denies | finding.denies,
        permits: 0,
        child: effect.child || finding.child,
        deviceLimit: effect.deviceLimit || ('deviceLimit' in finding && finding.deviceLimit),
        countryOnly: effect.countryOnly || ('countryOnly' in finding && finding.countryOnly),
      }
    }
  }
  return effect
}
