/** The data plane over parts that can be told to fail: for answers that real parts give only on a bad day. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { createPace } from '../../src/delivery/pace.ts'
import { eventSecret } from '../../src/flow/pair-ref.ts'
import { createRoutes } from '../../src/flow/routes.ts'
import { createDataPlane } from '../../src/ingress/app.ts'
import type { IngressDeps } from '../../src/ingress/deps.ts'
import { createUserVerifier } from '../../src/ingress/user-token.ts'
import type { AppendItem, AppendRequest, AppendResult } from '../../src/intake/ports.ts'
import type { Handle, IdentityKey } from '../../src/model/brand.ts'
import type { Observation } from '../../src/model/choice.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { NO_STANDING } from '../../src/model/event.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import { createCountryReader } from '../../src/signals/place.ts'
import { APP, contract, revision } from './builders.ts'
import { RETIRED_KEY, WRITE_KEY } from './config-folder.ts'

export interface DataPlane {
  readonly server: Server
  /** What the intake was asked to keep, duplicates left out. */
  readonly kept: AppendItem[]
  /** What the choices were asked to remember. */
  readonly observed: Observation[]
  /** Whose choices were stored. */
  readonly stated: (readonly IdentityKey[])[]
  readonly errors: ReadonlyMap<ErrorCode, number>
  readonly clock: { advance(ms: number): void }
  readonly graceMs: number
  readonly maxRequests: number
  /** What is broken right now. */
  readonly fail: {
    append: Error | undefined
    observe: Error | undefined
    ledger: boolean
    stopping: boolean
    hold: ((request: AppendRequest) => Promise<AppendResult>) | undefined
  }
  close(): Promise<void>
}

const GRACE_MS = 3_600_000
const MAX_REQUESTS = 5
const EVERYTHING = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))

/** Its parts alone, for tests that need no socket. */
export type TestDeps = Omit<DataPlane, 'server' | 'close'> & { readonly deps: IngressDeps }

/** @param properties that the contract grants of a purchase */
export function createTestDeps(properties: Readonly<Record<string, string>> = {}): TestDeps {
  const kept: AppendItem[] = []
  const observed: Observation[] = []
  const stated: (readonly IdentityKey[])[] = []
  const errors = new Map<ErrorCode, number>()
  const fail: DataPlane['fail'] = {
    append: undefined,
    observe: undefined,
    ledger: false,
    stopping: false,
    hold: undefined,
  }
  let time = 1_700_000_000_000
  const events = ['Order Completed', '@identify', '@page', '@screen', '@group', '@alias']
  const plan = revision({
    apps: [{ id: APP, name: 'Messenger', writeKeys: [WRITE_KEY], retiredKeys: [RETIRED_KEY] }],
    contracts: [
      contract({
        share: EVERYTHING,
        events: Object.fromEntries(events.map((name) => [name, { as: 'e', properties }])),
      }),
    ],
  })
  const routes = createRoutes(
    plan,
    () => EVERYTHING,
    () => false,
  )
  const seen = new Set<string>()
  const deps: IngressDeps = {
    names: { look: () => undefined },
    tail: {
      isOn: false,
      takes: () => false,
      arrives: () => undefined,
      kept: () => undefined,
      refused: () => undefined,
    },
    heard: { sent: () => undefined, asked: () => undefined, refused: () => undefined },
    types: new Map(),
    relay: {
      relayer: {
        relay: async () => ({ kind: 'withheld', why: 'event_not_granted' }),
        keyOf: () => undefined,
        idle: async () => {},
      },
      mapOf: () => undefined,
      paceOf: () => createPace(() => 1, Date.now),
      isElsewhere: () => false,
    },
    intake: {
      ...UNUSED_INTAKE,
      append: async (request) => {
        if (fail.append !== undefined) throw fail.append
        if (fail.hold !== undefined) return fail.hold(request)
        return request.items.map((item) => {
          if (item.dedupeKey !== undefined && seen.has(item.dedupeKey)) return 'duplicate'
          if (item.dedupeKey !== undefined) seen.add(item.dedupeKey)
          kept.push(item)
          return 'accepted'
        })
      },
    },
    choices: {
      personOf: unused,
      keyOf: ({ kind, value }) => `${kind}:${value}` as IdentityKey,
      formerKeysOf: () => [],
      keysFor: ({ kind, value }) => [`${kind}:${value}` as IdentityKey],
      lookup: () => ({ standing: NO_STANDING, stamp: 0 }),
      isSeen: () => true,
      isCurrent: () => true,
      list: async () => [],
      observe: async (observations) => {
        if (fail.observe !== undefined) throw fail.observe
        observed.push(...observations)
      },
      put: async (keys) => keys,
      splitNamespaces: async () => undefined,
      handleFor: () => 'handle' as Handle,
      keysOf: () => undefined,
      counts: async () => ({ choices: 0, links: 0 }),
      health: () => ({ writable: true, why: '' }),
      close: async () => {},
    },
    stateChoice: async (keys) => {
      stated.push(keys)
    },
    rights: { statement: unused, erase: unused, foresee: unused, answerAgain: unused },
    tables: { months: async () => [], table: async () => undefined },
    recentChoices: () => [],
    receipts: {
      issue: async () => ({ id: 'r', promise: '', leaf: '', identities: [], salt: '' }),
      proofOf: unused,
      check: unused,
    },
    desk: { openOnce: unused, openFrom: unused },
    systems: [],
    children: { late: async () => 0, count: () => undefined },
    person: {
      links: { isOurs: () => false, open: unused },
      key: createSecretKey(randomBytes(32)),
      random: randomBytes,
    },
    deletionDesk: undefined,
    ledger: {
      append: async () => 0,
      size: () => 0,
      histories: async () => [],
      health: () => ({ writable: !fail.ledger, why: fail.ledger ? 'disk_full' : '', lastCommitMs: 0 }),
      close: async () => {},
    },
    serveLedger: async () => 'unknown',
    revisions: {
      current: () => plan,
      at: () => plan,
      kept: () => plan,
      texts: async () => undefined,
      app: () => plan.apps[0],
      appOfKey: (key) => {
        const [app] = plan.apps
        if (app === undefined || ![WRITE_KEY, RETIRED_KEY].includes(key)) return undefined
        return { app, retired: key === RETIRED_KEY }
      },
      contract: () => plan.contracts[0],
      stopped: () => false,
      stops: () => ({ partners: new Set(), all: false }),
      onChange: () => {},
    },
    routes: () => routes,
    countryOf: createCountryReader(),
    placeOf: () => undefined,
    limits: {
      eventBytes: 32_768,
      batchBytes: 512_000,
      batchEvents: 2_500,
      unknownKeyGraceMs: GRACE_MS,
      requestsUnderWay: MAX_REQUESTS,
      bytesUnderWay: 64 * 1024 * 1024,
      retryAfterSeconds: 5,
    },
    trustedProxies: [],
    publicApiHost: undefined,
    verifyUser: createUserVerifier(() => time),
    newEventSecret: () => eventSecret(randomBytes(16).toString('hex')),
    now: () => time,
    stopping: () => fail.stopping,
    isBeyond: () => false,
    observe: {
      accepted: () => {},
      duplicate: () => {},
      rejected: () => {},
      answeredError: (code) => errors.set(code, (errors.get(code) ?? 0) + 1),
      failed: () => {},
    },
  }
  return {
    deps,
    kept,
    observed,
    stated,
    errors,
    fail,
    clock: {
      advance: (ms) => {
        time += ms
      },
    },
    graceMs: GRACE_MS,
    maxRequests: MAX_REQUESTS,
  }
}

/** @param properties that the contract grants of a purchase */
export async function startDataPlane(properties?: Readonly<Record<string, string>>): Promise<DataPlane> {
  const { deps, ...told } = createTestDeps(properties)
  const server = createServer(createDataPlane(deps))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...told,
    server,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const unused = (): never => {
  throw new Error('not part of this test')
}
const UNUSED_INTAKE: IngressDeps['intake'] = {
  append: unused,
  pull: unused,
  settle: unused,
  resumeFrom: unused,
  onReady: unused,
  recent: unused,
  findMessage: unused,
  purge: unused,
  requireKeys: unused,
  hasKeys: async () => true,
  totals: unused,
  deadLetters: unused,
  deadCounts: unused,
  retryDead: unused,
  retryAllDead: unused,
  discardAllDead: unused,
  discardDead: unused,
  health: () => ({ writable: true, why: '' }),
  close: unused,
}
