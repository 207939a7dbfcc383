import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CompactRange } from '../tree.ts'
import { auditContinuation, auditRecord } from './audit.ts'
import { TileMissing, type TileSource, TileTree } from './tiles.ts'

/** Leaf hash number `i`: any 32 bytes will do. */
const leafHash = (i: number): Buffer => Buffer.alloc(32, `leaf ${i} `)

/** The tree of so many leaves, made by the writer's code, and its tiles as the C2SP page cuts them. */
function ledgerOf(size: number): { readonly root: Buffer; readonly source: TileSource } {
  const tree = new CompactRange()
  const nodes = new Map<string, Uint8Array>()
  for (let i = 0; i < size; i++) {
    const completed: { level: number; index: number; hash: Uint8Array }[] = []
    nodes.set(`0 ${i}`, leafHash(i))
    tree.append(leafHash(i), completed)
    for (const { level, index, hash } of completed) nodes.set(`${level} ${index}`, hash)
  }
  const tile = async (level: number, index: number, width: number): Promise<Buffer> =>
    Buffer.concat(Array.from({ length: width }, (_, i) => nodes.get(`${level * 8} ${index * 256 + i}`)!))
  return { root: tree.root(), source: { tile } }
}
const treeOf = (size: number) => ({ origin: 'ledger.example', size, root: ledgerOf(size).root })

const SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 700, 1_025]

describe('proofs from tiles', () => {
  test('lead from each record to the root, at every kind of size', async () => {
    for (const size of SIZES) {
      const { source, root } = ledgerOf(size)
      const tree = { origin: 'ledger.example', size, root }
      for (const index of new Set([0, 1, 254, 255, 256, 511, size - 1].filter((index) => index < size))) {
        strictEqual((await auditRecord(leafHash(index), index, tree, source)).state, 'good', `${index} of ${size}`)
        deepStrictEqual(await auditRecord(leafHash(index + 1), index, tree, source), {
          state: 'bad',
          finding: { name: 'not_included', says: `record ${index} of the signed ledger is another` },
        })
      }
    }
  })

  test('show that one size continues another, for any two sizes', async () => {
    const size = fc.integer({ min: 0, max: 1_300 })
    await fc.assert(
      fc.asyncProperty(size, size, async (a, b) => {
        const [old, now] = [treeOf(Math.min(a, b)), treeOf(Math.max(a, b))]
        strictEqual((await auditContinuation(old, now, ledgerOf(now.size).source)).state, 'good')
      }),
      { numRuns: 40 },
    )
  })

  test('do not let another history pass, whatever the tiles say', async () => {
    const other = { ...treeOf(300), root: treeOf(299).root }
    for (const size of [300, 301, 600]) {
      const audited = await auditContinuation(other, treeOf(size), ledgerOf(size).source)
      ok(audited.state === 'bad' && audited.finding.name === 'forked')
    }
    const shorter = await auditContinuation(treeOf(301), treeOf(300), ledgerOf(300).source)
    ok(shorter.state === 'bad' && shorter.finding.name === 'rolled_back')
    const renamed = await auditContinuation({ ...treeOf(300), origin: 'other' }, treeOf(301), ledgerOf(301).source)
    ok(renamed.state === 'bad' && renamed.finding.name === 'forked')
  })

  test('do not hold when one bit of any tile is changed', async () => {
    const size = 700
    const { source, root } = ledgerOf(size)
    const bit = fc.record({ at: fc.nat({ max: 8_191 }), mask: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128) })
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: size - 1 }), bit, async (index, { at, mask }) => {
        let changed = false
        const lying: TileSource = {
          tile: async (level, tile, width) => {
            const bytes = Buffer.from(await source.tile(level, tile, width))
            if (level === 0 && tile === index >> 8) {
              const place = at % bytes.length
              changed = Math.floor(place / 32) !== (index & 255)
              bytes[place]! ^= mask
            }
            return bytes
          },
        }
        const audited = await auditRecord(leafHash(index), index, { origin: 'x', size, root }, lying)
        strictEqual(audited.state, changed ? 'bad' : 'good')
      }),
      { numRuns: 60 },
    )
  })

  test('are refused for want of a tile, or of its length', async () => {
    const { source, root } = ledgerOf(700)
    const tree = { origin: 'x', size: 700, root }
    const cut: TileSource = { tile: async (...name) => Buffer.from(await source.tile(...name)).subarray(1) }
    const audited = await auditRecord(leafHash(3), 3, tree, cut)
    ok(audited.state === 'bad' && audited.finding.name === 'unproven')
    await rejects(new TileTree(cut, 700).inclusion(3), TileMissing)
  })
})
