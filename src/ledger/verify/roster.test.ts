import { deepEqual, equal } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { createSigner } from '../signer.ts'
import type { LeafReading } from './leaf.ts'
import { openCheckpoint, parseTrust } from './note.ts'
import { Findings } from './report.ts'
import { IntentIds, RosterReading } from './roster.ts'

const keyOf = (name: string): string => createSigner(name, generateKeyPairSync('ed25519').privateKey).verifierKey
const [ZERO, ONE, TWO] = ['x', 'x/c01', 'x/c02'] as const
const KEYS = { [ZERO]: keyOf(ZERO), [ONE]: keyOf(ONE), [TWO]: keyOf(TWO) }
const rootOf = (n: number): string => Buffer.alloc(32, n).toString('base64')

type Said = readonly [action: string, facts: Readonly<Record<string, string | number>>]

/** A roster of two cells, of which one was closed and one added. */
const SOUND: readonly Said[] = [
  ['cell_opened', { cell: '0', cells: '0', origin: ZERO, size: 0, root: rootOf(0), verifier_key: KEYS[ZERO] }],
  ['cell_opened', { cell: '1', cells: '0 1', origin: ONE, size: 5, root: rootOf(5), verifier_key: KEYS[ONE] }],
  ['cell_checkpoint', { cell: '1', cells: '0 1', origin: ONE, size: 9, root: rootOf(9) }],
  ['cell_checkpoint', { cell: '1', cells: '0 1', origin: ONE, size: 9, root: rootOf(9) }],
  ['cell_closed', { cell: '1', cells: '0', origin: ONE, size: 9, root: rootOf(9) }],
  ['cell_opened', { cell: '2', cells: '0 2', origin: TWO, size: 4, root: rootOf(4), verifier_key: KEYS[TWO] }],
]
const NEXT = { cell: '2', cells: '0 2', origin: TWO, size: 7, root: rootOf(7) }

function read(said: readonly Said[]) {
  const findings = new Findings()
  const roster = new RosterReading(findings)
  for (const [seq, [action, facts]] of said.entries()) {
    const shape = { kind: 'cell' as const, action, facts: new Map(Object.entries(facts)) }
    // Sound: nothing else is looked at.
    roster.see(seq, { shape, time: 1_000 + seq } as unknown as LeafReading)
  }
  return { names: findings.problems.map(({ name }) => name), ledgers: roster.ledgers() }
}

describe('reading a roster', () => {
  test('keeps each ledger’s keys and trees, and which are open', () => {
    const { names, ledgers } = read([...SOUND, ['cell_checkpoint', NEXT]])
    deepEqual(names, [])
    deepEqual(
      ledgers.map(({ cell, keys, trees, isOpen, seenAt }) => [
        cell,
        [...keys],
        trees.map(({ size }) => size),
        isOpen,
        seenAt,
      ]),
      [
        ['0', [KEYS[ZERO]], [0], true, 1_000],
        ['1', [KEYS[ONE]], [5, 9], false, 1_004],
        ['2', [KEYS[TWO]], [4, 7], true, 1_006],
      ],
    )
  })

  test('opens a cell again where it was closed, under another key as another ledger', () => {
    const again = { ...NEXT, cell: '1', cells: '0 1 2', origin: ONE }
    const key = keyOf(ONE)
    const open = (facts: object): Said => ['cell_opened', { ...again, ...facts }]
    deepEqual(read([...SOUND, open({ size: 9, root: rootOf(9), verifier_key: KEYS[ONE] })]).names, [])
    deepEqual(read([...SOUND, open({ size: 3, verifier_key: KEYS[ONE] })]).names, ['roster_contradicts'])
    const { names, ledgers } = read([...SOUND, open({ size: 3, verifier_key: key })])
    deepEqual(
      [names, ledgers.map(({ cell, isOpen }) => `${cell} ${isOpen}`)],
      [[], ['0 true', '1 false', '2 true', '1 true']],
    )
  })

  test('begins anywhere, where what came before was pruned', () => {
    const { names, ledgers } = read([
      ['cell_checkpoint', NEXT],
      ['cell_opened', { ...SOUND[0]![1], cells: '0 2' }],
      ['cell_opened', { ...NEXT, size: 8, root: rootOf(8), verifier_key: KEYS[TWO], seen: 7 }],
    ])
    deepEqual(names, [])
    deepEqual(
      ledgers.map(({ cell, trees, keys }) => [cell, trees.length, keys.size]),
      [
        ['2', 2, 1],
        ['0', 1, 1],
      ],
    )
  })

  const faults: readonly (readonly [what: string, name: string, said: Said])[] = [
    ['a smaller tree', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, size: 3 }]],
    ['another tree of one size', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, size: 4 }]],
    ['a cell that was never opened', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, cell: '5' }]],
    [
      'a cell that was closed',
      'roster_contradicts',
      ['cell_checkpoint', { ...NEXT, cell: '1', size: 9, root: rootOf(9) }],
    ],
    ['another origin', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, origin: 'x/c07' }]],
    ['a cell left out', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, cells: '2' }]],
    ['a cell put in', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, cells: '0 2 3' }]],
    ['a cell twice for another', 'roster_contradicts', ['cell_checkpoint', { ...NEXT, cells: '2 2' }]],
    ['an open cell in what closes it', 'roster_contradicts', ['cell_closed', NEXT]],
    ['no cell', 'roster_malformed', ['cell_checkpoint', { ...NEXT, cell: '' }]],
    ['a cell beyond the last', 'roster_malformed', ['cell_checkpoint', { ...NEXT, cells: '0 64' }]],
    ['no size', 'roster_malformed', ['cell_checkpoint', { ...NEXT, size: 'many' }]],
    ['half a record', 'roster_malformed', ['cell_checkpoint', { ...NEXT, size: 7.5 }]],
    ['a short root', 'roster_malformed', ['cell_checkpoint', { ...NEXT, root: 'AAAA' }]],
    ['another cell’s key', 'roster_malformed', ['cell_opened', { ...NEXT, verifier_key: KEYS[ONE] }]],
    ['no key', 'roster_malformed', ['cell_opened', NEXT]],
  ]
  for (const [what, name, said] of faults)
    test(`${name}: ${what}`, () => {
      equal(read([...SOUND, said]).names[0], name)
    })

  test('leaves actions alone that it does not know', () => {
    deepEqual(read([...SOUND, ['cell_renamed', {}]]).names, [])
  })
})

describe('checkpoints, as public reports have them', () => {
  const key = () => generateKeyPairSync('ed25519').privateKey
  const root = Buffer.alloc(32, 1)
  const stateOf = (note: string, ...keys: readonly string[]) => openCheckpoint(note, parseTrust(keys.join('\n'))).state

  test('signed by another log’s key, of which one file trusts both', () => {
    // github.com/google/trillian-examples/pull/470: a split view past witnesses.
    const [one, two] = [createSigner('x', key()), createSigner('x/c01', key())]
    const note = one.checkpoint(3, root)
    equal(stateOf(note, one.verifierKey, two.verifierKey), 'valid')
    const [text] = note.split('\n\n')
    equal(stateOf(two.note(`${text}\n`), one.verifierKey, two.verifierKey), 'unknown_key')
  })

  test('of one shard of many, signed in the name of all', () => {
    // github.com/sigstore/rekor/issues/2069.
    const all = createSigner('rekor.sigstore.dev', key())
    const text = `rekor.sigstore.dev - 2605736670972794746\n79317123\n${root.toString('base64')}\n`
    equal(stateOf(all.note(text), all.verifierKey), 'unknown_key')
  })

  test('whose own signature is not the first', () => {
    // github.com/sigstore/sigstore-python/issues/1513.
    const [log, witness] = [createSigner('x', key()), createSigner('witness.example', key())]
    const [text, own] = log.checkpoint(3, root).split('\n\n')
    const [, theirs] = witness.note(`${text}\n`).split('\n\n')
    equal(stateOf(`${text}\n\n${theirs}${theirs}${own}`, log.verifierKey, witness.verifierKey), 'valid')
    equal(stateOf(`${text}\n\n${theirs}`, log.verifierKey, witness.verifierKey), 'unknown_key')
  })

  test('signed by the old key and the new one while keys change', () => {
    // github.com/transparency-dev/tessera/pull/295.
    const [old, fresh] = [createSigner('x', key()), createSigner('x', key())]
    const [text, first] = old.checkpoint(3, root).split('\n\n')
    const [, second] = fresh.checkpoint(3, root).split('\n\n')
    for (const trusted of [old, fresh]) equal(stateOf(`${text}\n\n${first}${second}`, trusted.verifierKey), 'valid')
    const wrong = fresh.checkpoint(4, root).split('\n\n')[1]!
    equal(stateOf(`${text}\n\n${first}${wrong}`, old.verifierKey, fresh.verifierKey), 'invalid')
  })
})

test('ids of INTENTs that are in several cells are found, and in one cell twice are none', () => {
  const ids = new IntentIds()
  const see = (n: number, kind = 'intent'): void => {
    const id = Buffer.alloc(16)
    id.writeUInt32BE(n, 12)
    // Sound: nothing else is looked at.
    ids.see(0, { shape: { kind }, id: id.toString('latin1') } as unknown as LeafReading)
  }
  for (let n = 0; n < 5_000; n++) see(n)
  see(17)
  ids.endCell()
  for (let n = 4_999; n < 9_000; n++) see(n)
  see(7)
  see(8, 'outcome')
  ids.endCell()
  deepEqual([...ids.inSeveral()], [7n, 4_999n])
})
