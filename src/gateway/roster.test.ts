import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { NodeId } from '../model/brand.ts'
import { type CellLedgersParts, joinLedgers } from './roster.ts'

test('strangers who ask for the ledger of a cell that does not answer keep nobody from another one', async () => {
  const cellNamed = (cell: string) => ({ cell: cell as NodeId, at: `${cell}:1` })
  const asked: { readonly cell: string; readonly answer: (text: string) => void }[] = []
  const { serveLedger } = joinLedgers({
    cell: cellNamed('2'),
    stores: {
      archive: { serve: async () => 'pruned' },
      owners: { cells: () => ['0', '1', '2'].map(cellNamed) },
    },
  } as unknown as CellLedgersParts).begin(new AsyncDisposableStack(), {
    ask: ({ cell }) => new Promise((answer) => asked.push({ cell, answer })),
  })
  const many = Array.from({ length: 40 }, () => serveLedger('c01/checkpoint').catch(({ code }) => code))
  await setImmediate()
  equal(asked.length, 4)
  equal(await serveLedger('c02/checkpoint'), 'pruned')
  const roster = serveLedger('checkpoint')
  equal(asked.at(-1)?.cell, '0')
  for (const { answer } of asked) answer('"unknown"')
  equal(await roster, 'unknown')
  deepEqual((await Promise.all(many)).toSorted(), [...Array(36).fill('ERR_PRESSURE'), ...Array(4).fill('unknown')])
  // They were answered, and others may ask.
  const next = serveLedger('c01/checkpoint')
  asked.at(-1)?.answer('{')
  await rejects(next, { code: 'ERR_CELL_UNAVAILABLE' })
})
