/** Checkpoints put outside: places over real sockets and files, and what happens when they fail. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Contradiction, createAnchoring, type Standing } from '../../src/ledger/anchors/anchoring.ts'
import { parseWitnessKey } from '../../src/ledger/anchors/cosignature.ts'
import { folderAnchor } from '../../src/ledger/anchors/folder.ts'
import { type Anchor, AnchorContradicts } from '../../src/ledger/anchors/ports.ts'
import { webhookAnchor } from '../../src/ledger/anchors/webhook.ts'
import { witnessAnchor } from '../../src/ledger/anchors/witness.ts'
import type { LedgerArchive } from '../../src/ledger/ports.ts'
import { sizeOf } from '../../src/ledger/served.ts'
import { openCheckpoint, parseTrust, type TrustedKey } from '../../src/ledger/verify/note.ts'
import { isConsistent } from '../../src/ledger/verify/proof.ts'
import { requireAnchored } from '../../src/ledger/wrap.ts'
import { openCosignatures } from '../../src/storage/sqlite/ledger-cosignatures.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { dataFolder, intent, ORIGIN, signingKey, withheld } from './fixtures.ts'

interface Received {
  readonly path: string
  readonly body: string
  readonly authorization: string | undefined
}
type Reply = { readonly status: number; readonly body?: string }

/** A server that answers each POST as `answer` says. */
async function serve(t: TestContext, answer: (received: Received) => Reply): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const reply = answer({ path: request.url ?? '', body, authorization: request.headers.authorization })
      response.statusCode = reply.status
      response.end(reply.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A witness as tlog-witness describes it, written from the specification. */
class TestWitness {
  readonly name = 'witness.example/w1'
  readonly #key: KeyObject
  readonly #trusted: readonly TrustedKey[]
  readonly verifierKey: string
  readonly #id: Buffer
  latest: { size: number; root: Buffer } = { size: 0, root: Buffer.alloc(0) }
  spoil: (line: string) => string = (line) => line

  constructor(trust: string) {
    this.#trusted = parseTrust(trust)
    const { privateKey } = generateKeyPairSync('ed25519')
    this.#key = privateKey
    const raw = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32)
    const typed = Buffer.concat([Buffer.of(4), raw])
    this.#id = hash('sha256', Buffer.concat([Buffer.from(`${this.name}\n`), typed]), 'buffer').subarray(0, 4)
    this.verifierKey = `${this.name}+${this.#id.toString('hex')}+${typed.toString('base64')}`
  }

  readonly answer = ({ path, body }: Received): Reply => {
    if (path !== '/submit/add-checkpoint') return { status: 404 }
    const [head = '', ...rest] = body.split('\n\n')
    const note = rest.join('\n\n')
    const [old = '', ...proof] = head.split('\n')
    const opened = openCheckpoint(note, this.#trusted)
    if (opened.state !== 'valid') return { status: 403 }
    const oldSize = Number(/^old (\d+)$/u.exec(old)?.[1])
    if (!(oldSize <= opened.size)) return { status: 400 }
    if (oldSize !== this.latest.size) return { status: 409, body: `${this.latest.size}\n` }
    const hashes = proof.map((line) => Buffer.from(line, 'base64'))
    if (!isConsistent(this.latest, opened, hashes)) return { status: 422 }
    this.latest = opened
    const time = Buffer.alloc(8)
    time.writeBigUInt64BE(1_679_315_147n)
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1)
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime 1679315147\n${text}`), this.#key)
    const line = `— ${this.name} ${Buffer.concat([this.#id, time, signature]).toString('base64')}\n`
    return { status: 200, body: this.spoil(line) }
  }
}

async function home(t: TestContext) {
  const folder = await dataFolder(t)
  const ledger = await startLedger({
    dataFolder: folder,
    signingKey: signingKey(),
    origin: ORIGIN,
    limits: { checkpointMs: 0 },
  })
  t.after(() => ledger.close())
  const archive: LedgerArchive = openLedgerArchive(folder, () => turn())
  t.after(() => archive.close())
  const text = async (path: string): Promise<string | undefined> => {
    const served = await archive.serve(path)
    return typeof served === 'string' ? undefined : Buffer.from(served.body).toString('utf8')
  }
  const newest = async () => {
    const note = (await text('checkpoint')) ?? ''
    return { size: sizeOf(note), note }
  }
  const consistency = async (from: number, to: number) =>
    (await text(`consistency/${from}/${to}`))?.split('\n').filter((line) => line !== '')
  return { folder, ledger, newest, consistency, text }
}

describe('anchors', () => {
  test('a witness cosigns each checkpoint that continues the one before, and its words are kept and served', async (t) => {
    const { folder, ledger, newest, consistency, text } = await home(t)
    const witness = new TestWitness(ledger.verifierKey)
    const url = await serve(t, witness.answer)
    const kept = openCosignatures(folder)
    t.after(() => kept.close())
    const connect = (): Anchor => witnessAnchor({ url: `${url}/submit/`, key: witness.verifierKey, consistency, kept })
    const first = connect()
    for (let n = 0; n < 40; n += 8) {
      await ledger.append(Array.from({ length: 8 }, (_, i) => withheld(n + i)))
      await first.put(await newest())
      strictEqual(witness.latest.size, n + 8)
    }
    await first.put(await newest())
    await ledger.append([withheld(99)])
    // A new start does not know what the witness has seen, and asks.
    await connect().put(await newest())
    strictEqual(witness.latest.size, 41)
    const note = (await text('checkpoint/41')) ?? ''
    match(note, /\n— ledger\.example\/test \S+\n— witness\.example\/w1 \S+\n$/u)
    strictEqual(openCheckpoint(note, parseTrust(ledger.verifierKey)).state, 'valid')
    match((await text('proof/3/41')) ?? '', /— witness\.example\/w1 /u)
  })

  test('a witness that saw another history, or answers with a false signature, is a failure', async (t) => {
    const { folder, ledger, newest, consistency } = await home(t)
    const witness = new TestWitness(ledger.verifierKey)
    const url = await serve(t, witness.answer)
    const kept = openCosignatures(folder)
    t.after(() => kept.close())
    const anchor = witnessAnchor({ url: `${url}/submit`, key: witness.verifierKey, consistency, kept })
    await ledger.append(Array.from({ length: 9 }, (_, n) => withheld(n)))
    const checkpoint = await newest()
    witness.spoil = (line) => line.replace(/.{10}==?\n$/u, 'AAAAAAAAAA==\n')
    await rejects(anchor.put(checkpoint), /no good cosignature/u)
    witness.latest = { size: 5, root: Buffer.alloc(32, 1) }
    await rejects(anchor.put(checkpoint), /another history/u)
    witness.latest = { size: 500, root: Buffer.alloc(32, 1) }
    await rejects(anchor.put(checkpoint), /has seen 500 records/u)
    deepStrictEqual(kept.of(checkpoint.size), [])
  })

  test('a key that is no Ed25519 witness’s is refused', async (t) => {
    const { ledger } = await home(t)
    const { verifierKey } = new TestWitness(ledger.verifierKey)
    strictEqual(parseWitnessKey(verifierKey).name, 'witness.example/w1')
    for (const key of [ledger.verifierKey, verifierKey.replace('w1', 'w2'), '', 'a+b+c'])
      await rejects(async () => parseWitnessKey(key), TypeError)
  })

  test('the known cosignature of the specification is read as such', () => {
    const key = 'witness.example.com/w1+8d66cf3f'
    const line =
      '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=='
    const bytes = Buffer.from(line.split(' ')[2]!, 'base64')
    strictEqual(bytes.subarray(0, 4).toString('hex'), key.split('+')[1])
    strictEqual(bytes.readBigUInt64BE(4), 1_679_315_147n)
    strictEqual(bytes.length, 4 + 8 + 64)
  })

  test('a folder gets one file a checkpoint; one that is not there is a failure, not a new folder', async (t) => {
    const { folder, ledger, newest } = await home(t)
    const outside = join(folder, 'outside')
    await rejects(folderAnchor(outside).put(await newest()), /ENOENT/u)
    await mkdir(outside)
    await ledger.append([withheld(1)])
    const checkpoint = await newest()
    await folderAnchor(outside).put(checkpoint)
    deepStrictEqual(await readdir(outside), ['checkpoint-000000000001.txt'])
    strictEqual(await readFile(join(outside, 'checkpoint-000000000001.txt'), 'utf8'), checkpoint.note)
  })

  test('a webhook gets the note and its authorization, and must answer that all is well', async (t) => {
    const { newest } = await home(t)
    const received: Received[] = []
    let status = 204
    const url = await serve(t, (one) => {
      received.push(one)
      return { status }
    })
    const checkpoint = await newest()
    await webhookAnchor(url, () => 'Bearer secret').put(checkpoint)
    deepStrictEqual(received, [{ path: '/', body: checkpoint.note, authorization: 'Bearer secret' }])
    status = 500
    await rejects(webhookAnchor(url, undefined).put(checkpoint), /answered 500/u)
    await rejects(webhookAnchor('http://127.0.0.1:1', undefined).put(checkpoint))
  })
})

describe('anchoring', () => {
  const started = (t: TestContext, overdueMs: number) => {
    const seen = { put: [] as string[], anchored: [] as string[], failed: [] as string[] }
    const state = { now: 0, size: 1, broken: new Set<string>() }
    const anchor = (name: string): Anchor => ({
      name,
      where: name,
      put: async ({ size }) => {
        seen.put.push(`${name} ${size}`)
        if (state.broken.has(name)) throw new Error('down')
      },
    })
    const anchoring = createAnchoring({
      anchors: [anchor('a'), anchor('b')],
      everyMs: 3_600_000,
      overdueMs,
      newest: async () => ({ size: state.size, note: '' }),
      compare: async () => 'continues',
      isAccepted: () => false,
      elapsed: () => state.now,
      observe: {
        contradicted: () => {},
        anchored: (name, size) => seen.anchored.push(`${name} ${size}`),
        failed: (name) => seen.failed.push(name),
      },
    })
    t.after(() => anchoring.close())
    return { anchoring, state, seen }
  }

  test('each place gets each checkpoint once, and one that failed gets it again', async (t) => {
    const { anchoring, state, seen } = started(t, 0)
    state.broken.add('b')
    await anchoring.turn()
    await anchoring.turn()
    state.broken.clear()
    await anchoring.turn()
    await anchoring.turn()
    state.size = 2
    await anchoring.turn()
    deepStrictEqual(seen.anchored, ['a 1', 'b 1', 'a 2', 'b 2'])
    deepStrictEqual(seen.failed, ['b', 'b'])
  })

  test('without a bound nothing is ever overdue; with one, sends stop until a place answers', async (t) => {
    const lax = started(t, 0)
    lax.state.broken.add('a').add('b')
    lax.state.now = 1e9
    await lax.anchoring.turn()
    strictEqual(lax.anchoring.overdue(), false)

    const { anchoring, state } = started(t, 60_000)
    await anchoring.turn()
    const { ledger } = await home(t)
    const duty = requireAnchored(ledger, anchoring.overdue)
    state.now = 60_001
    strictEqual(anchoring.overdue(), true)
    await rejects(duty.append([intent(1)]), { code: 'ERR_LEDGER_UNAVAILABLE' })
    // What already left is still recorded, and so is what staff does.
    strictEqual(await duty.append([withheld(1)]), 1)
    deepStrictEqual([duty.health().writable, duty.health().why], [false, 'anchor_overdue'])
    state.size = 2
    await anchoring.turn()
    strictEqual(anchoring.overdue(), false)
    strictEqual(await duty.append([intent(1)]), 2)
    ok(duty.health().writable)
  })
})

describe('what lies outside is looked at before more is put there', () => {
  const note = (size: number, root: string): string => `${ORIGIN}\n${size}\n${root}\n\n— x y\n`

  test('a folder never loses what lies in it, and the same text again is no contradiction', async (t) => {
    const folder = join(await dataFolder(t), 'anchors')
    await mkdir(folder, { recursive: true })
    const anchor = folderAnchor(folder)
    await anchor.put({ size: 7, note: note(7, 'AAAA') })
    await anchor.put({ size: 7, note: note(7, 'AAAA') })
    await rejects(anchor.put({ size: 7, note: note(7, 'BBBB') }), AnchorContradicts)
    deepStrictEqual(await readdir(folder), ['checkpoint-000000000007.txt'])
    strictEqual(await readFile(join(folder, 'checkpoint-000000000007.txt'), 'utf8'), note(7, 'AAAA'))
  })

  test('another history that was accepted is kept, and this one is put beside it', async (t) => {
    const folder = join(await dataFolder(t), 'anchors')
    await mkdir(folder, { recursive: true })
    await folderAnchor(folder).put({ size: 7, note: note(7, 'AAAA') })
    await folderAnchor(folder, { besideOthers: () => true }).put({ size: 7, note: note(7, 'BBBB') })
    deepStrictEqual((await readdir(folder)).sort(), [
      'checkpoint-000000000007-041041.txt',
      'checkpoint-000000000007.txt',
    ])
  })

  test('the newest is the one of the most records, whatever else lies there', async (t) => {
    const folder = join(await dataFolder(t), 'anchors')
    await mkdir(folder, { recursive: true })
    const anchor = folderAnchor(folder)
    strictEqual(await anchor.newest?.(), undefined)
    await anchor.put({ size: 9, note: note(9, 'AAAA') })
    await anchor.put({ size: 10, note: note(10, 'AAAA') })
    strictEqual((await anchor.newest?.())?.size, 10)
  })

  const contradicting: readonly [Standing, boolean][] = [
    ['continues', false],
    ['ahead', true],
    ['forked', true],
    ['foreign', false],
    ['unknown', false],
  ]
  for (const [standing, isContradiction] of contradicting) {
    test(`a place that is ${standing} ${isContradiction ? 'gets nothing more and is named once' : 'gets the next one'}`, async (t) => {
      const put: number[] = []
      const named: Pick<Contradiction, 'anchor' | 'standing' | 'size'>[] = []
      const anchoring = createAnchoring({
        anchors: [
          {
            name: 'a',
            where: 'a',
            newest: async () => ({ size: 99, note: 'other' }),
            put: async ({ size }) => void put.push(size),
          },
        ],
        everyMs: 3_600_000,
        overdueMs: 0,
        newest: async () => ({ size: 5, note: '' }),
        compare: async () => standing,
        isAccepted: () => false,
        elapsed: () => 0,
        observe: { anchored: () => {}, failed: () => {}, contradicted: (one) => named.push(one) },
      })
      t.after(() => anchoring.close())
      strictEqual((await anchoring.contradictions()).length, isContradiction ? 1 : 0)
      await anchoring.turn()
      await anchoring.turn()
      deepStrictEqual(put, isContradiction ? [] : [5])
      deepStrictEqual(named, isContradiction ? [{ anchor: 'a', standing, size: 99 }] : [])
      deepStrictEqual(anchoring.contradicted(), isContradiction ? ['a'] : [])
    })
  }
})
