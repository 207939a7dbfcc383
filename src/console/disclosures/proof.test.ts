/** Proof verification in the browser, over a hand-made log of two records. */
import { deepEqual } from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { checkProof } from './proof.ts'

const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const LEAVES = ['first', 'second'].map((text) => Buffer.from(text))
const HASHES = LEAVES.map((leaf) => sha256(Uint8Array.of(0), leaf))
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const NAME = 'log.example'
const TYPED = Buffer.concat([Uint8Array.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)])
const ID = sha256(Buffer.from(`${NAME}\n`), TYPED).subarray(0, 4)
const TRUST = [`${NAME}+${ID.toString('hex')}+${TYPED.toString('base64')}`]

interface Parts {
  readonly index?: string
  readonly size?: string
  readonly hash?: string
  readonly root?: string
}
function proofOf({ index = '0', size = '2', hash, root }: Parts): string {
  const text = `${NAME}\n${size}\n${root ?? sha256(Uint8Array.of(1), ...HASHES).toString('base64')}\n`
  const signature = Buffer.concat([ID, sign(null, Buffer.from(text), privateKey)]).toString('base64')
  const path = hash ?? HASHES[1]!.toString('base64')
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${path}\n\n${text}\n— ${NAME} ${signature}\n`
}
const resultOf = async (parts: Parts) => {
  const verdict = await checkProof(proofOf(parts), TRUST, LEAVES[0]!.toString('base64'))
  return verdict.state === 'valid' ? verdict.index : verdict.why
}

const LONG = '10000000000000000'
const rows: readonly [what: string, parts: Parts, result: number | string][] = [
  ['a good one', {}, 0],
  ['another record’s place', { index: '1' }, 'its hashes do not lead from the record to the root'],
  ['a hash that is too short', { hash: 'AAAA=' }, 'it is no tlog-proof'],
  ['a place of seventeen digits', { index: LONG }, 'it is no tlog-proof'],
  ['a size of seventeen digits', { size: LONG }, 'its checkpoint is none'],
  ['a root that is too short', { root: 'AAAA=' }, 'its checkpoint is none'],
]
for (const [what, parts, result] of rows)
  test(`a proof in the browser: ${what}`, async () => {
    deepEqual(await resultOf(parts), result)
  })
