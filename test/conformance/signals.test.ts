/** The conformance command over the vectors, where this machine has them, and over records written here. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { sluice } from '../support/sluice.ts'
import { shippedBench } from './bench.ts'
import type { VectorRecord } from './judgement.ts'
import { judgeRecord } from './run.ts'

const VECTORS = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'signals')
const skip = existsSync(VECTORS) ? false : `the vectors are not here (${VECTORS})`
const ROOT = new URL('../../', import.meta.url)

function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['test/conformance/command.ts', ...args], { cwd: ROOT }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, lines: stdout.trim().split('\n') })
    })
  })
}

test('all given records end without a failure', { skip }, async () => {
  const { code, lines } = await run(VECTORS)
  const last = lines.at(-1)!
  const counts = /^passed (\d+), failed (\d+), stricter (\d+), looser (\d+), not applicable (\d+)$/
    .exec(last)!
    .slice(1)
    .map(Number)
  equal(
    counts.reduce((sum, count) => sum + count, 0),
    359,
  )
  deepEqual([code, counts[1]], [0, 0])
  equal(counts[0]! >= 300, true, last)
})

describe('records written here', async () => {
  const bench = await shippedBench()
  const rows: readonly (readonly [string, Omit<VectorRecord, 'source'>, string])[] = [
    [
      'a wrong expectation is a failure',
      {
        kind: 'usp_string',
        input: '1YYN',
        expected: { valid: true, version: 1, notice: 'yes', optOutSale: 'no', lspa: 'no' },
      },
      'failed',
    ],
    ['a kind nobody judges is a failure', { kind: 'something_new', input: '', expected: {} }, 'failed'],
    [
      'denying where another allows is stricter',
      {
        kind: 'usp_enforce',
        input: { optOutSale: true, noSalePartners: ['*'], partner: 'a' },
        expected: { enforce: false },
      },
      'stricter',
    ],
    [
      'allowing where another denies, without a rule, is a failure',
      {
        kind: 'usp_enforce',
        input: { optOutSale: false, noSalePartners: [], partner: 'a' },
        expected: { enforce: true },
      },
      'failed',
    ],
    [
      'allowing where another denies, by a rule, is looser',
      { kind: 'signal_precedence', input: { jurisdiction: 'US-CA' }, expected: { identifierAllowed: false } },
      'looser',
    ],
    [
      'the rule does not reach a signal that came',
      {
        kind: 'signal_precedence',
        input: { jurisdiction: 'US-CA', usPrivacy: '1YNN' },
        expected: { identifierAllowed: false },
      },
      'failed',
    ],
    ['a kind that is not applicable', { kind: 'ortb_scrub', input: {}, expected: {} }, 'not applicable'],
    [
      'a string that others read and that is refused here is stricter, because it denies',
      { kind: 'gpp_string', input: 'DBABP~a', expected: { version: 1, sectionIds: [2], sections: { 2: 'a' } } },
      'stricter',
    ],
    [
      'a string that must be refused',
      { kind: 'tc_invalid', input: 'CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA', expected: { valid: false } },
      'failed',
    ],
    [
      'a record without sense is a failure, not a crash',
      { kind: 'usnat_activity', input: null, expected: null },
      'failed',
    ],
  ]
  for (const [what, record, outcome] of rows) {
    test(what, () => {
      const judged = judgeRecord('here', { source: 'here', ...record }, bench)
      equal(judged.outcome, outcome, judged.why)
    })
  }

  test('a folder without records is no success', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-conformance-'))
    equal((await run(folder)).code, 1)
    await rm(folder, { recursive: true })
  })
})

describe('sluice signals', () => {
  const explain = (lines: readonly object[], ...args: string[]) =>
    sluice(['signals', ...args], lines.map((line) => JSON.stringify(line)).join('\n'))

  test('says in words what a line means, each reason with its signal', async () => {
    const { code, out } = await explain([{ us_privacy: '1YYN', gpc: '1', country: 'US', region: 'CA' }])
    equal(code, 0)
    match(out, /The rules of “california” apply/)
    match(out, /Selling this person’s data: not allowed — Global Privacy Control: .*US Privacy string: /)
    match(out, /this is a withdrawal/)
  })
  test('as JSON, one object a line, with the decoded values', async () => {
    const { out } = await explain([{ gpp: 'DBABLA~BVQqAAAAAgA.QA', gpp_sid: '7', country: 'US' }, {}], '--json')
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    equal(first.decoded.find(({ signal }: { signal: string }) => signal === 'gpp usnat').value.SaleOptOut, 2)
    deepEqual(
      [first.verdict.dimensions.sale.allowed, second.verdict.dimensions.sale.allowed, second.verdict.regime],
      [true, false, 'strictest'],
    )
  })
  test('a line that is no JSON, or names something unknown, is an error beside the others', async () => {
    const { code, out } = await explain([{ us_privcy: '1YYN' }, { us_privacy: '1YYN', country: 'US' }])
    equal(code, 1)
    match(out, /^line 2$/m)
  })
})
