import { deepEqual, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '../model/errors.ts'
import type { StatedDisclosure, StatedRecipient, Statement } from './statement.ts'
import { type CellStatement, joinStatements, readPositions } from './statement-of-cells.ts'

const ACME: StatedRecipient = {
  ...{ partner: 'acme', name: 'Acme', role: 'processor', privacy_policy: '', contact: 'a@acme.example' },
  ...{ purposes: ['measurement'], countries: ['US'], disclosures: 2, first: 'b', last: 'c' },
}

/** @param times of its disclosures, by letter */
function statement(times: string, part: Partial<Statement> = {}): Statement {
  // Sound: no more of a disclosure is looked at.
  const disclosures = [...times].map((at, seq) => ({ id: `${at}${seq}`, seq, at }) as StatedDisclosure)
  return { at: 'now', policy: '2018-05-22', contact: 'us', recipients: [], disclosures, withheld: [], ...part }
}

function join(own: Statement, others: readonly CellStatement[], limit = 10) {
  return joinStatements([{ cell: '0', statement: own }, ...others], {}, { limit })
}

describe('one statement of several cells', () => {
  test('lists disclosures by time, and those of a cell in its own order', () => {
    const { disclosures, next } = join(statement('adc'), [{ cell: '7', statement: statement('be') }])
    deepEqual([disclosures.map(({ at, cell }) => `${at}${cell}`), next], [['a0', 'b7', 'd0', 'c0', 'e7'], undefined])
  })

  test('goes on in each cell behind what was shown of it', () => {
    const { disclosures, next } = join(statement('ad'), [{ cell: '7', statement: statement('bce') }], 3)
    deepEqual([disclosures.map(({ at }) => at), next], [['a', 'b', 'c'], '0-0.7-1'])
    deepEqual(readPositions('0-0.7-1', '0'), { 0: 0, 7: 1 })
    deepEqual([readPositions(undefined, '3'), readPositions('12', '3')], [{}, { 3: 12 }])
    for (const text of ['', '1-', 'x-1', '1-1.', '1-1e3', '-1'])
      throws(
        () => readPositions(text, '0'),
        (error) => error instanceof GatewayError && error.code === 'ERR_CURSOR',
      )
  })

  test('goes on where a cell has more than a page', () => {
    deepEqual(join(statement('', { next: 5 }), [{ cell: '7', statement: statement('b') }]).next, '7-0')
  })

  test('counts what each cell counted, of each recipient', () => {
    const gone = { ...ACME, name: 'acme', role: '', contact: '', purposes: ['ads'], first: 'a', last: 'b' }
    const withheld = { recipient: 'acme', why: 'opted-out', in_words: '', count: 2 }
    const { recipients, withheld: both } = join(statement('', { recipients: [ACME], withheld: [withheld] }), [
      {
        cell: '1',
        statement: statement('', { recipients: [{ ...gone, contract_unreadable: true }], withheld: [withheld] }),
      },
    ])
    deepEqual(recipients, [{ ...ACME, purposes: ['ads', 'measurement'], disclosures: 4, first: 'a' }])
    deepEqual(both, [{ ...withheld, count: 4 }])
  })

  test('names cells that did not answer, and says a thing once', () => {
    const read = { at: 'a', call: 'readDisclosures' }
    const note = { code: 'records_unknown', in_words: 'Some are unknown.' }
    const part = { staff_reads: [read], notes: [note] }
    const {
      missing,
      notes,
      staff_reads: reads,
    } = join(statement('', part), [
      { cell: '12', statement: undefined },
      { cell: '2', statement: undefined },
      { cell: '3', statement: statement('', part) },
    ])
    deepEqual(missing, ['2', '12'])
    deepEqual(
      notes?.map(({ code }) => code),
      ['records_unknown', 'cells_missing'],
    )
    deepEqual(reads, [read])
  })
})
