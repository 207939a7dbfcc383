import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CompactRange, leafHash } from './tree.ts'
import { leafHashIn, VerifierTree } from './verify/tree.ts'

/** Inputs and roots of Google's certificate-transparency test of the Merkle tree, after 1 to 8 leaves. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** RFC 6962 section 2.1, word for word. */
function mth(leaves: readonly Buffer[]): Buffer {
  const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!)
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)))
}

describe('the writer’s tree', () => {
  test('has the known roots for 0 to 8 leaves', () => {
    const tree = new CompactRange()
    strictEqual(tree.root().toString('hex'), EMPTY_ROOT)
    for (const [i, input] of INPUTS.entries()) {
      tree.append(leafHash(Buffer.from(input, 'hex')))
      strictEqual(tree.root().toString('hex'), ROOTS[i])
    }
  })

  test('has the root of the RFC’s definition for any leaves, also when kept as bytes on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 70 }), fc.nat(70), (leaves, cut) => {
        let tree = new CompactRange()
        for (const [i, leaf] of leaves.entries()) {
          if (i === cut) tree = new CompactRange(tree.size, tree.toBytes())
          tree.append(leafHash(leaf))
        }
        deepStrictEqual(tree.root(), mth(leaves.map((leaf) => Buffer.from(leaf))))
      }),
    )
  })

  test('a fork leaves the original as it was', () => {
    const tree = new CompactRange()
    tree.append(leafHash(Buffer.alloc(0)))
    tree.fork().append(leafHash(Buffer.of(0)))
    strictEqual(tree.size, 1)
    strictEqual(tree.root().toString('hex'), ROOTS[0])
  })

  test('bytes that do not fit the size are refused', () => {
    throws(() => new CompactRange(3, Buffer.alloc(32)), RangeError)
  })
})

describe('the verifier’s tree', () => {
  const leaf = (input: string): string => leafHashIn(Buffer.from(`00${input}`, 'hex'), 1, 1 + input.length / 2)
  const hex = (root: string): string => Buffer.from(root, 'latin1').toString('hex')
  const bytes = (...roots: string[]): Buffer => Buffer.from(roots.join(''), 'latin1')

  test('has the known roots for 0 to 8 leaves', () => {
    const tree = new VerifierTree()
    strictEqual(hex(tree.root()), EMPTY_ROOT)
    for (const [i, input] of INPUTS.entries()) {
      tree.add(leaf(input))
      strictEqual(hex(tree.root()), ROOTS[i])
      strictEqual(tree.size, i + 1)
    }
  })

  test('goes on from subtree roots end to end, and takes no others', () => {
    const first = new VerifierTree()
    for (const input of INPUTS.slice(0, 4)) first.add(leaf(input))
    const fifth = leaf(INPUTS[4]!)
    const resumed = VerifierTree.from(5, bytes(first.root(), fifth))
    for (const input of INPUTS.slice(5)) resumed?.add(leaf(input))
    strictEqual(hex(resumed?.root() ?? ''), ROOTS[7])
    strictEqual(VerifierTree.from(5, bytes(first.root())), undefined)
    strictEqual(VerifierTree.from(4, bytes(first.root(), fifth)), undefined)
  })

  test('tells of every complete subtree of 256 and of 65,536 leaves', () => {
    const tree = new VerifierTree()
    const seen: string[] = []
    for (let i = 0; i < 2 ** 16; i++) tree.add(leaf(''), (level, index) => seen.push(`${level} ${index}`))
    deepStrictEqual(seen, [...Array.from({ length: 256 }, (_, i) => `8 ${i}`), '16 0'])
  })
})
