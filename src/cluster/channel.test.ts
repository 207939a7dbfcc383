import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { CA, CELL_TLS, type CellTls, FOREIGN_TLS } from '../../test/support/cell-certificates.ts'
import type { NodeId } from '../model/brand.ts'
import { type Answerer, createChannelServer, createPeers, PeerUnavailable } from './channel.ts'

const ZERO = '0' as NodeId
const ONE = '1' as NodeId
const HERE = { 'sluice-cell': '1', 'sluice-cells': '1' }
const MAX_BYTES = 16 * 1024 * 1024

describe('what cells say to each other', () => {
  test('is answered, in its own version and the one before, with who asked', async (t) => {
    const { at } = await cellZero(t, async (message, from) => `${from} said ${message}`)
    for (const agreed of [1, 2])
      equal(
        await peersOf(t, ONE, CELL_TLS[1]!, agreed).ask({ cell: ZERO, at }, '/say', 'something'),
        '1 said something',
      )
  })

  const refusals: readonly [string, CellTls | undefined, Record<string, string>, number | 'refused', RegExp][] = [
    ['nobody without a certificate', undefined, HERE, 'refused', /./],
    ['nobody whom another authority signed', FOREIGN_TLS, HERE, 'refused', /./],
    ['no cell under another cell’s name', CELL_TLS[2], HERE, 403, /^its certificate does not name cell-1\.$/],
    ['none that says it is this cell', CELL_TLS[0], { ...HERE, 'sluice-cell': '0' }, 403, /no other cell/],
    ['none that is not in the cluster', CELL_TLS[2], { ...HERE, 'sluice-cell': '2' }, 403, /no other cell/],
    ['none that does not say who it is', CELL_TLS[1], { 'sluice-cells': '1' }, 403, /no other cell/],
    [
      'no message of a later version',
      CELL_TLS[1],
      { ...HERE, 'sluice-cells': '3' },
      400,
      /speaks version 3, and cell 0 none later than 2 and none before 1\.$/,
    ],
    ['no message of no version', CELL_TLS[1], { 'sluice-cell': '1' }, 400, /speaks version none/],
    [
      'none of a size that it does not say',
      CELL_TLS[1],
      { ...HERE, 'transfer-encoding': 'chunked' },
      413,
      /at most 16777216 bytes/,
    ],
    [
      'none that is huge, before it is here',
      CELL_TLS[1],
      { ...HERE, 'content-length': String(MAX_BYTES + 1) },
      413,
      /at most/,
    ],
  ]
  for (const [who, tls, headers, status, why] of refusals)
    test(`is taken from ${who}`, async (t) => {
      let answered = 0
      const { at, refused } = await cellZero(t, async () => {
        answered += 1
        return ''
      })
      const got = await ask(at, tls, headers)
      deepEqual([got.status, answered], [status, 0])
      match(got.said, why)
      equal(refused.length, 1)
    })

  test('has no other path and no other method', async (t) => {
    const { at } = await cellZero(t, async () => 'yes')
    const peers = peersOf(t, ONE, CELL_TLS[1]!)
    await rejects(peers.ask({ cell: ZERO, at }, '/metrics', ''), PeerUnavailable)
    await rejects(peers.ask({ cell: ZERO, at }, '/__proto__', ''), PeerUnavailable)
    equal((await ask(at, CELL_TLS[1], HERE, 'GET')).status, 404)
  })

  test('goes only to whom it is for: a cell whose certificate names it', async (t) => {
    const { at } = await cellZero(t, async () => 'yes')
    const peers = peersOf(t, ONE, CELL_TLS[1]!)
    await rejects(peers.ask({ cell: '2' as NodeId, at }, '/say', ''), /^Error: cell 2 does not answer/)
    const stranger = await cellZero(t, async () => 'yes', FOREIGN_TLS)
    await rejects(peers.ask({ cell: ONE, at: stranger.at }, '/say', ''), /^Error: cell 1 does not answer/)
  })

  test('says nothing of what failed', async (t) => {
    const { at, failed } = await cellZero(t, async () => {
      throw new Error('ann@example.com')
    })
    await rejects(peersOf(t, ONE, CELL_TLS[1]!).ask({ cell: ZERO, at }, '/say', ''), (error) => {
      ok(error instanceof PeerUnavailable)
      return error.message === 'cell 0 answered 500: '
    })
    equal(failed.length, 1)
  })
})

async function cellZero(t: TestContext, say: Answerer, tls: CellTls = CELL_TLS[0]!) {
  const refused: string[] = []
  const failed: unknown[] = []
  const server = createChannelServer({
    cell: ZERO,
    version: 2,
    tls: { ...tls, ca: CA },
    isCell: (cell) => cell === ZERO || cell === ONE,
    answerers: { '/say': say },
    onRefused: (why) => refused.push(why),
    onFailed: (error) => failed.push(error),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}`, refused, failed }
}

function peersOf(t: TestContext, cell: NodeId, tls: CellTls, agreed = 1) {
  const peers = createPeers(cell, { ...tls, ca: CA }, () => agreed)
  t.after(() => peers.close())
  return peers
}

/** By hand, as no cell would. `refused`: the connection was. */
function ask(
  at: string,
  tls: CellTls | undefined,
  headers: Record<string, string>,
  method = 'POST',
): Promise<{ readonly status: number | 'refused'; readonly said: string }> {
  const url = `https://${at}/say`
  return new Promise((resolve) => {
    const request = httpsRequest(
      url,
      { ...tls, ca: CA, servername: 'cell-0', method, headers, agent: false },
      (answer) => {
        let said = ''
        answer.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, said: said.trim() }))
      },
    )
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: 'refused', said: error.code ?? error.message }),
    )
    request.flushHeaders()
    if (headers['content-length'] === undefined) request.end()
  })
}
