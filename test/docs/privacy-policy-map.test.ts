/** docs/privacy-policy-map.md names code and tests that are there, and none that is skipped; each row can be switched off. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { SWITCHES } from '../policy-map/switches.ts'
import { type Ended, faultOfNamedTest, faultOfSwitch, faultsOfRow, ROOT, readPolicyMap } from '../support/policy-map.ts'

const rows = readPolicyMap()

const read = (file: string): string | undefined =>
  existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : undefined

describe('the map of the privacy policy', () => {
  test('has every topic of the policy, each with code and a test', () => {
    ok(rows.length >= 28, `only ${rows.length} rows read`)
    for (const { topic, code, tests } of rows) ok(topic !== '' && code.length > 0 && tests.length > 0, topic)
  })

  test('names code that is there', () => {
    deepEqual(
      rows.flatMap(({ code }) => code).filter((file) => !existsSync(join(ROOT, file))),
      [],
    )
  })

  test('names tests that exist and are not skipped', () => {
    deepEqual(
      rows.flatMap(({ tests }) => tests).flatMap((one) => faultOfNamedTest(one, read(one.file)) ?? []),
      [],
    )
  })

  test('has for each row edits that switch it off, each in a file that the row names and in one place of it', () => {
    deepEqual(Object.keys(SWITCHES).toSorted(), rows.map(({ topic }) => topic).toSorted())
    for (const { topic, code } of rows) {
      ok(SWITCHES[topic]!.length > 0, topic)
      for (const off of SWITCHES[topic]!) {
        ok(code.includes(off.file), `${topic}: ${off.file}`)
        equal(faultOfSwitch(off, read(off.file)), undefined)
      }
    }
  })

  const off = { file: 'x.ts', find: 'if (a)', replace: 'if (b)' }
  const edits: [string, string | undefined, string][] = [
    ['of a file that is gone', undefined, 'no such file'],
    ['of code that is no more', 'if (c) return', 'occurs 0 times'],
    ['of more than one place', 'if (a) b(); if (a) c()', 'occurs 2 times'],
  ]
  for (const [what, source, says] of edits)
    test(`an edit ${what} is found`, () => ok(faultOfSwitch(off, source)?.includes(says)))

  const proofs: [string, readonly (readonly Ended[])[], number][] = [
    [
      'that each switch and each test is shown by',
      [
        ['refuted', 'passed'],
        ['broken', 'refuted'],
      ],
      0,
    ],
    [
      'a switch that nothing notices',
      [
        ['refuted', 'refuted'],
        ['passed', 'passed'],
      ],
      1,
    ],
    ['a test that passes whatever is off', [['refuted', 'passed']], 1],
    ['a test that only breaks', [['broken', 'refuted']], 1],
    ['tests that do not run', [['did not run', 'skipped']], 3],
  ]
  const named = ['one', 'two'].map((name) => ({ file: 'x.test.ts', name }))
  for (const [what, ended, count] of proofs)
    test(`the campaign finds ${count} faults in ${what}`, () => {
      const found = faultsOfRow(
        { topic: 'x', tests: named },
        ended.map((tests) => ({ off, tests })),
      )
      equal(found.length, count)
    })

  const planted: [string, string | undefined][] = [
    ['a file that is gone', undefined],
    ['a test of another name', "test('does another thing', () => {})"],
    ['a skipped test', "test.skip('does it', () => {})"],
    ['a test with the option', "test('does it', { skip: true }, () => {})"],
    ['one that is yet to be written', "test('does it', { todo: true })"],
  ]
  for (const [what, text] of planted)
    test(`${what} is found`, () => ok(faultOfNamedTest({ file: 'x.test.ts', name: 'does it' }, text) !== undefined))
})
