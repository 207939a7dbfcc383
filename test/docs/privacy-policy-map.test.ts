/** docs/privacy-policy-map.md names code and tests that are there, and none that is skipped. */
import { deepEqual, ok } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { faultOfNamedTest, ROOT, readPolicyMap } from '../support/policy-map.ts'

const rows = readPolicyMap()

const read = (file: string): string | undefined =>
  existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : undefined

describe('the map of the privacy policy', () => {
  test('has every topic of the policy, each with code and a test', () => {
    ok(rows.length >= 16, `only ${rows.length} rows read`)
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
