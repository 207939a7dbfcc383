import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { APP, PARTNER, revision } from '../../test/support/builders.ts'
import { relayContract } from '../../test/support/relay-core.ts'
import type { DisclosureId, EventRef, IdentityKey, Json } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import { NO_STANDING, type Standing } from '../model/event.ts'
import { topOf } from '../model/field-class.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createDecoders } from '../signals/decoders.ts'
import { createCountryReader } from '../signals/place.ts'
import { createParts } from './parts.ts'
import type { AnswerSink, WireResult } from './ports.ts'
import { createPreparer } from './prepare.ts'
import { type Asked, createRelayer } from './relay.ts'
import { createRelayBooks } from './relay-books.ts'

const OPTED_OUT: Standing = {
  findings: [
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
  ],
}

/** A relayer over parts that say what happened, in order. */
function bench(
  part: { odd?: Json; ledger?: Error; open?: boolean; rests?: boolean; result?: WireResult; until?: number } = {},
) {
  const happened: string[] = []
  let standing: Standing = NO_STANDING
  let stamp = 1
  let erased = false
  let unreadable = false
  const ended: string[] = []
  let time = 1_000
  const plan = revision({
    contracts: [
      relayContract(
        'openrtb26',
        { advertising_id: topOf('advertising_id') },
        {
          whenRestricted: { send: 'limited', share: {} },
          ...(part.until === undefined
            ? {}
            : {
                bounds: [{ contract: relayContract('openrtb26', {}), when: { kind: 'from' as const, at: part.until } }],
              }),
        },
      ),
    ],
  })
  const revisions = { current: () => plan, at: () => plan, stopped: () => false }
  const parts = createParts(revisions, partnerTypes(), createSecretKey(Buffer.alloc(32, 7)))
  const note = (kind: string) => async (records: readonly LedgerEntry[]) => {
    if (part.ledger !== undefined) throw part.ledger
    for (const record of records)
      happened.push(`${kind} ${record.kind}${record.kind === 'outcome' ? ` ${record.outcome.kind}` : ''}`)
    return 0
  }
  const books = createRelayBooks()
  const late: (() => void)[] = []
  let beforeBegin: () => void = () => {}
  let seeing = (_request: PartnerRequest): void => {}
  let forward = (begin: () => boolean, sink: AnswerSink, request?: PartnerRequest): Promise<WireResult> => {
    beforeBegin()
    if (!begin()) return Promise.resolve({ kind: 'cancelled_not_sent', why: 'stopped' })
    happened.push('sent')
    if (request !== undefined) seeing(request)
    const result: WireResult = part.result ?? { kind: 'answered', status: 204, headers: {}, body: '' }
    if (result.kind === 'answered') {
      sink.start(result.status, result.headers)
      sink.end()
    }
    return Promise.resolve(result)
  }
  const relayer = createRelayer({
    recorder: { announce: note('announced'), conclude: async (records) => void (await note('concluded')(records)) },
    wire: {
      forward: (_partner, request, begin, sink) => ({ ended: forward(begin, sink, request), abandon: () => {} }),
    },
    gate: {
      admit: () => {
        if (part.open === false) return undefined
        return { isValid: () => part.rests !== true, ended: (outcome) => ended.push(outcome.kind), unused: () => {} }
      },
    },
    isErased: () => erased,
    choices: {
      keyOf: ({ kind, value }) => `${kind} ${value}` as IdentityKey,
      formerKeysOf: () => [],
      observe: async () => {
        happened.push('observed')
      },
    },
    requireKeys: async () => {},
    standing: {
      lookup: () => {
        if (unreadable) throw new Error('disk I/O error')
        return { standing, stamp }
      },
      isCurrent: (read) => read === stamp,
    },
    parts,
    preparer: createPreparer(),
    current: () => plan,
    now: () => time,
    newId: () => 'id' as DisclosureId,
    newRef: () => 'f'.repeat(32) as EventRef,
    nextTurn: () => Promise.resolve(),
    after: (_ms, call) => {
      late.push(call)
      return () => {}
    },
    books,
    observe: { decided: () => {}, ended: () => {}, withheld: () => {}, guardHit: () => {}, failed: () => {} },
  })
  const sink: AnswerSink = {
    start: (status) => happened.push(`answer ${status}`),
    data: () => true,
    drained: () => {},
    end: () => happened.push('answer whole'),
  }
  const asked: Asked = {
    contract: plan.contracts[0]!,
    route: parts.relay(PARTNER)!.routes[0]!,
    request: {
      query: {},
      headers: {},
      content: {
        id: 'a',
        ...(part.odd === undefined ? {} : { odd: part.odd }),
        device: { ifa: '6D92078A-8246-4BA4-AE5B-76104861E7DC', os: 'Android', geo: { country: 'USA' } },
      },
    },
    context: { app: { id: APP }, signals: { gpc: [], dnt: [] }, ipPlace: undefined, receivedAt: time },
    rules: { policy: plan.policy, categories: {}, decoders: createDecoders(), countryOf: createCountryReader() },
    deadline: time + 100,
  }
  return {
    happened,
    books,
    relay: (more: Partial<Asked> = {}) => relayer.relay({ ...asked, ...more }, sink),
    idle: () => relayer.idle(),
    ended,
    erase: () => {
      erased = true
    },
    optOut: () => {
      standing = OPTED_OUT
      stamp++
    },
    loseChoices: () => {
      unreadable = true
      stamp++
    },
    pass: (ms: number) => {
      time += ms
    },
    beforeBegin: (call: () => void) => {
      beforeBegin = () => {
        beforeBegin = () => {}
        call()
      }
    },
    seeing: (see: (request: PartnerRequest) => void) => {
      seeing = see
    },
    wire: (next: typeof forward) => {
      forward = next
    },
  }
}

describe('relay: the order of effects', () => {
  test('what is remembered and the intent are durable before anything is sent; the outcome comes last', async () => {
    const { happened, relay, idle, books } = bench()
    deepEqual(await relay(), { kind: 'answered' })
    await idle()
    deepEqual(happened, [
      'observed',
      'announced intent',
      'sent',
      'answer 204',
      'answer whole',
      'concluded outcome delivered',
    ])
    equal(books.totals()[PARTNER]?.delivered, 1)
  })

  test('a request that is refused is remembered, and neither recorded nor sent', async () => {
    const { happened, relay, books } = bench({ odd: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) })
    await rejects(relay(), { code: 'ERR_RELAY_SIZE' })
    deepEqual(happened, ['observed'])
    equal(books.totals()[PARTNER]?.failed, 1)
  })

  test('of one with more than can be judged, what was read is remembered', async () => {
    const { happened, relay } = bench()
    await rejects(relay({ tooLarge: true }), { code: 'ERR_RELAY_SIZE' })
    deepEqual(happened, ['observed'])
  })

  test('without a ledger nothing is sent', async () => {
    const { happened, relay, books } = bench({ ledger: new GatewayError('ERR_LEDGER_UNAVAILABLE') })
    await rejects(relay(), { code: 'ERR_LEDGER_UNAVAILABLE' })
    deepEqual(happened, ['observed'])
    deepEqual([books.totals()[PARTNER]?.failed, books.totals()[PARTNER]?.under_way], [1, 0])
  })

  test('an opt-out between intent and first byte: that one is cancelled, another goes with less', async () => {
    const { happened, relay, idle, optOut, beforeBegin } = bench()
    beforeBegin(optOut)
    deepEqual(await relay(), { kind: 'answered' })
    await idle()
    deepEqual(
      happened.filter((one) => !one.startsWith('answer')),
      [
        'observed',
        'announced intent',
        'concluded outcome cancelled_not_sent',
        'announced intent',
        'sent',
        'concluded outcome delivered',
      ],
    )
  })

  const gone: readonly (readonly [
    string,
    Parameters<typeof bench>[0],
    (on: ReturnType<typeof bench>) => void,
    string,
  ])[] = [
    ['a grant that ends', { until: 1_050 }, ({ pass }) => pass(60), 'delivered'],
    ['an agreement or grant that ended long ago', { until: 900 }, () => undefined, 'sent at once'],
  ]
  for (const [what, part, change, how] of gone)
    test(`${what} before the first byte: what it gave does not go`, async () => {
      const on = bench(part)
      const bodies: string[] = []
      on.seeing((request) => bodies.push(request.body))
      on.beforeBegin(() => change(on))
      deepEqual(await on.relay(), { kind: 'answered' })
      await on.idle()
      equal(bodies.length, 1)
      ok(!bodies[0]!.includes('6D92078A'), bodies[0])
      equal(on.happened.filter((one) => one === 'announced intent').length, how === 'delivered' ? 2 : 1)
    })

  test('somebody erased between intent and first byte is sent nothing of', async () => {
    const { happened, relay, idle, erase, beforeBegin } = bench()
    beforeBegin(erase)
    deepEqual(await relay(), { kind: 'withheld', why: 'erased' })
    await idle()
    deepEqual(happened, ['observed', 'announced intent', 'announced withheld', 'concluded outcome cancelled_not_sent'])
  })

  test('choices that cannot be read as the first byte would leave: nothing is sent, and nothing counts against the partner', async () => {
    const { happened, relay, idle, loseChoices, beforeBegin, ended, books } = bench()
    beforeBegin(loseChoices)
    await rejects(relay(), { code: 'ERR_CHOICES_UNAVAILABLE' })
    await idle()
    deepEqual(happened, ['observed', 'announced intent', 'concluded outcome cancelled_not_sent'])
    deepEqual(ended, [])
    equal(books.totals()[PARTNER]?.failed, 1)
  })

  test('a partner that has just asked for a rest is not asked, though the intent is on record', async () => {
    const { happened, relay, idle, ended } = bench({ rests: true })
    deepEqual(await relay(), { kind: 'failed', code: 'ERR_PARTNER_DOWN' })
    await idle()
    deepEqual(happened, ['observed', 'announced intent', 'concluded outcome failed_before_write'])
    deepEqual(ended, ['failed_before_write'])
  })

  test('a change that leaves the request as it is does not hold it up', async () => {
    const { happened, relay, idle, optOut, beforeBegin } = bench()
    optOut()
    beforeBegin(optOut)
    deepEqual(await relay(), { kind: 'answered' })
    await idle()
    equal(happened.filter((one) => one === 'announced intent').length, 1)
  })

  test('when the caller’s time is up before the first byte, nothing is sent', async () => {
    const { happened, relay, idle, pass, beforeBegin } = bench()
    beforeBegin(() => pass(200))
    deepEqual(await relay(), { kind: 'failed', code: 'ERR_PARTNER_SLOW' })
    await idle()
    deepEqual(happened, ['observed', 'announced intent', 'concluded outcome failed_before_write'])
  })

  test('while the partner is left alone there is no intent either', async () => {
    const { happened, relay } = bench({ open: false })
    deepEqual(await relay(), { kind: 'failed', code: 'ERR_PARTNER_DOWN' })
    deepEqual(happened, ['observed'])
  })

  test('an answer that breaks off after its status is cut, and nobody knows what became of the request', async () => {
    const { happened, relay, idle, wire, books } = bench()
    wire((begin, sink) => {
      begin()
      sink.start(200, {})
      return Promise.resolve({ kind: 'unknown_after_write', code: 'UND_ERR_SOCKET' })
    })
    deepEqual(await relay(), { kind: 'cut' })
    await idle()
    deepEqual(happened.at(-1), 'concluded outcome unknown_after_write')
    equal(books.totals()[PARTNER]?.unresolved, 1)
  })
})
