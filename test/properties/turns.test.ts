/**
 * Whatever somebody sends, within the default limits: no turn of the thread that takes requests lasts, and work grows with what came
 * and no faster. Counted in the thread's own CPU time, on a machine of known speed, so that a busy or slow one changes nothing.
 */
import { ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { createIdentityKeys } from '../../src/choices/identity.ts'
import { createRecentlySeen, distinct } from '../../src/choices/recently-seen.ts'
import { createWork } from '../../src/flow/work.ts'
import { createEventsHandler } from '../../src/ingress/events.ts'
import { packAppend } from '../../src/intake/pack.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import { WRITE_KEY } from '../support/config-folder.ts'
import { slowness, threadMs } from '../support/cpu-time.ts'
import { createTestDeps } from '../support/data-plane.ts'
import { RELAYED_TYPES, relayContract, runRelay } from '../support/relay-core.ts'
import { sampleRequest } from '../support/relay-samples.ts'

const MAX_TURN_MS = 25
const MAX_GROWTH = 2.3
/**
 * A turn or a growth above its bound is measured again so often, and the least counts: garbage and the caches that other
 * processes empty only add to what the work itself takes.
 */
const MEASURED_AGAIN = 6
/** Less work than this says nothing of how it grows. */
const MEASURABLE_MS = 30
const BODY_BYTES = 512_000
const EVENT_BYTES = 32_768

const GRANTED = { note: 'note', 'products[].sku': 'sku', 'traits.plan': 'plan', list: 'list' }

/** One request through the handler: CPU milliseconds of each turn, and how it was answered. */
async function turnsOf(body: Buffer): Promise<{ readonly turns: readonly number[]; readonly said: string }> {
  const turns: number[] = []
  const timed = <T>(call: () => T): T => {
    const before = process.threadCpuUsage()
    try {
      return call()
    } finally {
      const { user, system } = process.threadCpuUsage(before)
      turns.push((user + system) / 1_000)
    }
  }
  const { deps } = createTestDeps(GRANTED)
  const keys = createIdentityKeys(createSecretKey(Buffer.alloc(32, 7)))
  const known = createRecentlySeen()
  const handler = createEventsHandler(
    {
      ...deps,
      choices: {
        ...deps.choices,
        keyOf: keys.keyOf,
        observe: async (observations) => {
          structuredClone(
            distinct(observations.filter((one) => !known.knows(one)))
              .map(known.sending)
              .map(({ observation }) => observation),
          )
        },
      },
      intake: {
        ...deps.intake,
        append: async (request) => {
          timed(() => structuredClone(packAppend(request)))
          return request.items.map(() => 'accepted')
        },
      },
    },
    {
      pressure: () => {},
      load: { begin: () => () => {} },
      trust: () => false,
      work: createWork((call) => setImmediate(() => timed(call))),
    },
  )
  const request = Object.assign(Readable.from([body]), {
    headers: { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}` },
    rawHeaders: [],
    socket: { remoteAddress: '203.0.113.7' },
  }) as unknown as IncomingMessage
  let said = '200'
  const response = {
    setHeader: () => {},
    once: () => {},
    end: (text: string) => {
      said = (JSON.parse(text) as { readonly code?: string }).code ?? said
    },
  } as unknown as ServerResponse
  await handler(request, response, 'batch', {})
  return { turns, said }
}

const SHELL = { type: 'track', event: 'Order Completed', userId: 'u-1', context: {} }

/** A batch of events whose `properties` (or other member) is the text that `make` gives for so many bytes. */
function batchOf(bytes: number, member: string, make: (bytes: number, index: number) => string): string {
  const shell = JSON.stringify(SHELL).slice(0, -1)
  const events: string[] = []
  const size = Math.min(bytes - 20, EVENT_BYTES - 100)
  for (let left = bytes - 20; left > 200; left -= size)
    events.push(`${shell},"${member}":${make(Math.min(size, left) - shell.length - 30, events.length)}}`)
  return `{"batch":[${events.join(',')}]}`
}

/** Texts of so many bytes together. */
function filled(open: string, close: string, bytes: number, one: (index: number) => string): string {
  let text = open
  for (let index = 0; text.length < bytes - 30; index++) text += (index === 0 ? '' : ',') + one(index)
  return text + close
}

const word = (index: number): string => (index * 2_654_435_761).toString(36)
const hex = (index: number, length: number): string =>
  (BigInt(index + 1) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95n)
    .toString(16)
    .slice(0, length)

/** Each makes a body of so many bytes. */
const NASTY: Readonly<Record<string, (bytes: number) => string>> = {
  'deep lists': (bytes) =>
    batchOf(bytes, 'properties', (size) => `{"x":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`),
  'many deep lists': (bytes) =>
    batchOf(bytes, 'properties', (size) => filled('{"x":[', ']}', size, () => '['.repeat(250) + ']'.repeat(250))),
  'many small numbers': (bytes) => batchOf(bytes, 'properties', (size) => filled('{"list":[', ']}', size, () => '1')),
  'many empty objects': (bytes) => batchOf(bytes, 'properties', (size) => filled('{"x":[', ']}', size, () => '{}')),
  'many names': (bytes) =>
    batchOf(bytes, 'properties', (size) => filled('{', '}', size, (index) => `"${word(index)}":1`)),
  'objects of many shapes': (bytes) =>
    batchOf(bytes, 'properties', (size, event) =>
      filled('{"x":[', ']}', size, (index) => `{"${word(index + event * 5_000)}":1}`),
    ),
  'many texts that look like ids, granted': (bytes) =>
    batchOf(bytes, 'properties', (size) =>
      filled('{"products":[', ']}', size, (index) => `{"sku":"${hex(index, 12)}"}`),
    ),
  'many ids, and a granted text of digests': (bytes) =>
    batchOf(
      bytes,
      'properties',
      (size) =>
        `{"note":"${Array.from({ length: 14 }, (_, index) => hex(index, 64)).join(' ')}",${filled('"x":[', ']}', size - 1_000, (index) => `"${hex(index, 12)}"`)}`,
    ),
  ...Object.fromEntries(
    Object.entries({
      emails: (index: number) => `${word(index)}.x@mail${index % 50}.example`,
      'phone numbers': (index: number) => `+1415${String(5_000_000 + index)}`,
      'IPv4 addresses': (index: number) => `203.${index % 200}.${(index >> 3) % 250}.77`,
      'IPv6 addresses': (index: number) => `2001:db8:${hex(index, 4)}:${hex(index + 9, 4)}::8a2e`,
      positions: (index: number) => `37.${String(100_000 + index * 7)}`,
      'short ids': (index: number) => String(100_000 + index),
    }).map(([kind, one]) => [
      `four hundred ${kind}, and a granted text of everything that could hold them`,
      (bytes: number) =>
        batchOf(
          bytes,
          'properties',
          () =>
            `{"note":"${Array.from({ length: 60 }, (_, index) => `${hex(index, 64)} ${one(index + 5_000)} ${Buffer.from(one(index + 9_000)).toString('base64')} %${hex(index, 2)}`).join(' ')}",${filled('"x":[', ']', 15_000, (index) => (index < 380 ? `"${one(index)}"` : '0'))}}`,
        ),
    ]),
  ),
  'a long run of capitals': (bytes) => batchOf(bytes, 'properties', (size) => `{"note":"${'A'.repeat(size)}="}`),
  'a long run of hex': (bytes) => batchOf(bytes, 'properties', (size) => `{"note":"${'a1'.repeat(size / 2)}"}`),
  'long runs of base64': (bytes) =>
    batchOf(bytes, 'properties', (size) =>
      filled('{"list":[', ']}', size, (index) => `"${Buffer.from(hex(index, 60)).toString('base64')}"`),
    ),
  escapes: (bytes) => batchOf(bytes, 'properties', (size) => `{"note":"${'\\u0041%41'.repeat(size / 9)}"}`),
  'JSON in texts': (bytes) =>
    batchOf(
      bytes,
      'properties',
      (size) =>
        `{"note":${JSON.stringify(JSON.stringify(Array.from({ length: size / 14 }, (_, index) => word(index).slice(0, 6))))}}`,
    ),
  'consent strings': (bytes) =>
    batchOf(
      bytes,
      'context',
      (size, event) =>
        `{"gpp":"DBABMA~CP${hex(event, 40)}${'AA'.repeat(Math.min(size, 15_000) / 2)}","tcf":"CP${hex(event, 40)}${'B_f'.repeat(Math.min(size, 15_000) / 3)}"}`,
    ),
  'many categories': (bytes) =>
    batchOf(bytes, 'context', (size) =>
      filled('{"consent":{"categoryPreferences":{', '}}}', size, (index) => `"${word(index)}":true`),
    ),
  'many small events of as many people': (bytes) =>
    filled(
      '{"batch":[',
      ']}',
      bytes,
      (index) =>
        `{"type":"track","event":"Order Completed","userId":"u${index}","anonymousId":"${hex(index, 30)}","messageId":"${hex(index, 20)}","context":{"device":{"id":"${hex(index, 16)}"},"os":{"name":"iOS","version":"17.5"}}}`,
    ),
  'as many ids as are looked for, and a granted text of digests': (bytes) =>
    batchOf(
      bytes,
      'properties',
      (size) =>
        `{"note":"${Array.from({ length: 14 }, (_, index) => hex(index, 64)).join(' ')}",${filled('"x":[', ']}', Math.min(size - 1_000, 14_000), (index) => `"${hex(index, 12)}"`)}`,
    ),
  'many small events that share a context': (bytes) =>
    filled(
      `{"context":${filled('{"list":[', ']}', 10_000, (index) => `"${hex(index, 12)}"`)},"batch":[`,
      ']}',
      Math.min(bytes / 2, 40_000),
      (index) =>
        `{"type":"track","event":"Order Completed","userId":"u${index}","properties":{"note":"${hex(index, 30)}"}}`,
    ),
  'many more events than are taken, and a shared context of many categories': (bytes) =>
    `{"context":${filled('{"consent":{"categoryPreferences":{', '}}}', bytes / 20, (index) => `"${word(index)}":true`)},${filled('"batch":[', ']', bytes * 0.9, (index) => `{"type":"track","userId":"u${index}","context":{"consent":{"categoryPreferences":{"x":true}}}}`)}}`,
  'a name of marks of differing class': (bytes) =>
    batchOf(
      bytes,
      'traits',
      (size) => `{"name":"rob a${'\u0301'.repeat(size / 4 - 20)}${'\u0334'.repeat(size / 4 - 20)}"}`,
    ),
  'a granted text of marks of differing class, and a withheld name': (bytes) =>
    batchOf(
      bytes,
      'properties',
      (size) =>
        `{"name":"rob al","note":"rob ${'\u0301'.repeat(Math.min(size / 4 - 40, 2_000))}${'\u0334'.repeat(Math.min(size / 4 - 40, 2_000))}"}`,
    ),
  'granted characters that become whole sentences, and a name of them': (bytes) =>
    batchOf(
      bytes,
      'properties',
      (size) =>
        `{"name":"rob ${'\ufdfa'.repeat(size / 6 - 20)}","note":"${'\ufdfa'.repeat(Math.min(size / 6 - 20, 2_000))}"}`,
    ),
  'ids of marks of differing class': (bytes) =>
    filled(
      '{"batch":[',
      ']}',
      bytes / 2,
      (index) =>
        `{"type":"track","event":"Order Completed","userId":"u${index}${'\u0301'.repeat(250)}${'\u0334'.repeat(250)}"}`,
    ),
  'a huge shared context': (bytes) =>
    `{"context":${filled('{"list":[', ']}', bytes - 2_000, (index) => `"${word(index)}"`)},"batch":[${JSON.stringify(SHELL)}]}`,
  'one huge member that nobody reads': (bytes) =>
    `{"x":${filled('[', ']', bytes - 2_000, (index) => `{"${word(index)}":1}`)},"batch":[${JSON.stringify(SHELL)}]}`,
}

async function measured(body: Buffer, times: number) {
  const runs: { readonly longest: number; readonly sum: number; readonly said: string }[] = []
  for (let run = 0; run < times; run++) {
    const { turns, said } = await turnsOf(body)
    runs.push({ longest: Math.max(...turns), sum: turns.reduce((sum, one) => sum + one, 0), said })
  }
  return {
    longest: Math.min(...runs.map(({ longest }) => longest)),
    sum: Math.min(...runs.map(({ sum }) => sum)),
    said: runs[0]!.said,
  }
}

describe('a turn of the thread that takes requests', () => {
  for (const [name, make] of Object.entries(NASTY)) {
    test(`${name}: no longer than ${MAX_TURN_MS} ms, and twice as much takes at most ${MAX_GROWTH} times`, async (t) => {
      const body = Buffer.from(make(BODY_BYTES - 1_000))
      ok(body.length <= BODY_BYTES, `${body.length} bytes`)
      const half = Buffer.from(make((BODY_BYTES - 1_000) / 2))
      let whole = await measured(body, 1)
      if (whole.longest > MAX_TURN_MS) whole = await measured(body, MEASURED_AGAIN + 1)
      t.diagnostic(
        `${body.length} bytes, longest ${whole.longest.toFixed(1)} ms, all ${whole.sum.toFixed(1)} ms, ${whole.said}`,
      )
      if (whole.longest > MAX_TURN_MS) ok(whole.longest <= MAX_TURN_MS * slowness(), `a turn of ${whole.longest} ms`)
      if (whole.sum < MEASURABLE_MS) return
      let [all, part] = [whole.sum, (await measured(half, 1)).sum]
      // In turn, so that what else the machine does meets both alike.
      for (let again = 0; again < 2 * MEASURED_AGAIN && all > part * MAX_GROWTH; again++) {
        part = Math.min(part, (await measured(half, 1)).sum)
        all = Math.min(all, (await measured(body, 1)).sum)
      }
      ok(all <= part * MAX_GROWTH + 10, `${part} ms for half, ${all} ms for all`)
    })
  }
})

/** Each makes a text of so many bytes, sent in the place of a name or an address. */
const NASTY_TEXTS: Readonly<Record<string, (bytes: number) => string>> = {
  'marks of differing class': (bytes) => `rob a${'\u0301'.repeat(bytes / 4)}${'\u0334'.repeat(bytes / 4)}`,
  'marks of differing class in turn': (bytes) => `rob a${'\u0301\u0334'.repeat(bytes / 4)}`,
  'marks of differing class, and words between': (bytes) =>
    `rob a${'\u0301'.repeat(40)}${'\u0334'.repeat(40)}`.repeat(bytes / 165),
  'characters that become whole sentences': (bytes) => `rob ${'\ufdfa'.repeat(bytes / 3)}`,
  'sentences and letters': (bytes) => `rob ${'\ufdfaa'.repeat(bytes / 4)}`,
  'characters that become six': (bytes) => `rob ${'\u3316'.repeat(bytes / 3)}`,
  words: (bytes) => 'rob al '.repeat(bytes / 7),
  'one word': (bytes) => `rob ${'a'.repeat(bytes)}`,
}
const RELAYED_BYTES = 240_000
const RELAY_RUNS = 8
const TRIES = 5
const URL_CHARACTERS = 2_000

describe('a relayed request, read, written and guarded', () => {
  const route = RELAYED_TYPES.find(({ type }) => type.type === 'meta_capi')!.map.routes[0]!
  for (const withheld of ['name', 'email', 'phone'] as const) {
    const share = Object.fromEntries(FIELD_CLASSES.map((name) => [name, name === withheld ? 0 : topOf(name)]))
    const contract = relayContract('meta_capi', share)
    const meanMs = (text: string): number => {
      // The address of a page is granted, so that the guard looks through the text as well.
      const request = sampleRequest(route, (name) =>
        name === withheld ? text : name === 'url' ? `https://x.example/${text.slice(0, URL_CHARACTERS)}` : 'a1b2c3d4',
      )
      const took = threadMs(() => {
        for (let run = 0; run < RELAY_RUNS; run++) runRelay({ contract, request })
      })
      return took / RELAY_RUNS
    }
    for (const [name, make] of Object.entries(NASTY_TEXTS))
      test(`${withheld} withheld, ${name}: no longer than ${MAX_TURN_MS} ms`, (t) => {
        meanMs('rob al')
        const text = make(RELAYED_BYTES)
        // What shares the core's caches only ever adds: the best of a few is the work's own.
        let ms = Number.POSITIVE_INFINITY
        for (let tries = 0; tries < TRIES && ms > MAX_TURN_MS; tries++) ms = Math.min(ms, meanMs(text))
        t.diagnostic(`${ms.toFixed(1)} ms`)
        if (ms > MAX_TURN_MS) ok(ms <= MAX_TURN_MS * slowness(), `${ms} ms`)
      })
  }
})
