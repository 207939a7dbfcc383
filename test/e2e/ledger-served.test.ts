/** What a gateway serves of its ledger to anyone: enough to check everything, nothing to read. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof, isConsistent, parseTlogProof } from '../../src/ledger/verify/proof.ts'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right)
/** RFC 6962's MTH over leaf hashes, as the RFC writes it. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return node(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)))
}

const get = async (house: House, path: string) => {
  const answered = await fetch(`${house.gateway.dataUrl}/ledger/${path}`)
  const body = Buffer.from(await answered.arrayBuffer())
  return {
    status: answered.status,
    type: answered.headers.get('content-type'),
    caching: answered.headers.get('cache-control'),
    body,
  }
}
const noteOf = (body: Buffer): { readonly text: string; readonly size: number; readonly root: Buffer } => {
  const [, size, root] = body.toString('utf8').split('\n')
  return { text: body.toString('utf8'), size: Number(size), root: Buffer.from(root!, 'base64') }
}

describe('the ledger as anyone may fetch it', () => {
  test('tiles lead to the signed root, proofs to every record, and no record is given', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    const before = noteOf((await get(house, 'checkpoint')).body)
    await house.send(Array.from({ length: 150 }, () => purchase({ userId: 'a-name-to-look-for' })))
    await house.settled()
    const checkpoint = await until('a checkpoint of all of them', async () => {
      const newest = await get(house, 'checkpoint')
      return noteOf(newest.body).size > 300 ? newest : undefined
    })
    deepEqual([checkpoint.type, checkpoint.caching], ['text/plain; charset=utf-8', 'public, max-age=1'])
    const { text, size, root } = noteOf(checkpoint.body)

    const full = await get(house, 'tile/0/000')
    deepEqual(
      [full.status, full.type, full.caching, full.body.length],
      [200, 'application/octet-stream', 'public, max-age=31536000, immutable', 8_192],
    )
    const partial = await get(house, `tile/0/001.p/${size - 256}`)
    const leaves = Buffer.concat([full.body, partial.body])
    const hashes = Array.from({ length: size }, (_, i) => leaves.subarray(32 * i, 32 * i + 32))
    deepEqual(treeHash(hashes), root)
    deepEqual((await get(house, 'tile/1/000.p/1')).body, treeHash(hashes.slice(0, 256)))

    const trust = parseTrust((await get(house, 'trust')).body.toString('utf8'))
    for (const index of [0, 1, 255, 256, size - 1]) {
      const proof = parseTlogProof((await get(house, `proof/${index}/${size}`)).body.toString('utf8'))
      equal(proof?.extra, undefined)
      equal(proof?.checkpoint, text)
      const { body } = await house.staff('GET', `/api/v1/ledger/records/${index}`)
      const leaf = Buffer.from(body.leaf, 'base64')
      deepEqual(sha256(Buffer.of(0), leaf), Buffer.from(hashes[index]!))
      const served = (await get(house, `proof/${index}`)).body.toString('utf8')
      equal(checkTlogProof(served, trust, leaf).state, 'valid')
      equal(checkTlogProof(served, trust, Buffer.from('another record')).state, 'invalid')
    }
    const consistency = (await get(house, `consistency/${before.size}/${size}`)).body.toString('utf8')
    const path = consistency.split('\n').slice(0, -1)
    ok(
      isConsistent(
        before,
        { size, root },
        path.map((line) => Buffer.from(line, 'base64')),
      ),
    )
    deepEqual((await get(house, `checkpoint/${before.size}`)).body.toString('utf8'), before.text)

    for (const path of [
      'tile/entries/000',
      'tile/0/0',
      `tile/0/001.p/${size - 255}`,
      'tile/3/000',
      'proof/999999',
      'leaf/0',
      'proof/-1',
      'checkpoint/1e3',
      `consistency/${size}/1`,
    ])
      equal((await get(house, path)).status, 404, path)
    for (const { body } of [full, partial, checkpoint]) ok(!body.toString('latin1').includes('a-name-to-look-for'))
    match(text, /^\S+\n\d+\n\S+\n\n— /u)
  })
})
