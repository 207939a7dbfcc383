/** With MaxMind's own test databases, where this machine has them. */
import { deepEqual, equal } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openIpPlaces } from './ip-places.ts'

const VECTORS = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'geo')
const skip = existsSync(VECTORS) ? false : `the test databases are not here (${VECTORS})`

describe('country of an address', { skip }, () => {
  let folder = ''
  let file = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-places-'))
    file = join(folder, 'places.mmdb')
  })
  after(async () => {
    await rm(folder, { recursive: true })
  })
  const put = (name: string): Promise<void> => copyFile(join(VECTORS, name), file)
  const open = async () => {
    const failures: string[] = []
    const places = await openIpPlaces(file, (error) => failures.push(String(error)))
    return { places, failures }
  }

  test('country and state, of either family, and of a mapped address', async () => {
    await put('GeoIP2-City-Test.mmdb')
    const { places, failures } = await open()
    deepEqual(
      ['2001:218::1', '216.160.83.56', '::ffff:216.160.83.56'].map((ip) => places.lookup(ip)),
      [{ country: 'JP' }, { country: 'US', region: 'WA' }, { country: 'US', region: 'WA' }],
    )
    deepEqual(failures, [])
  })
  test('what is no address, private or not in the database has no place', async () => {
    await put('GeoIP2-City-Test.mmdb')
    const { places } = await open()
    deepEqual(
      ['', 'nonsense', '1.2.3', '10.0.0.1', '127.0.0.1', '::1', undefined].map((ip) => places.lookup(ip)),
      Array(7).fill(undefined),
    )
  })
  for (const database of ['GeoIP2-City-Test.mmdb', 'GeoIP2-Country-Test.mmdb']) {
    test(`${database}: where a block is registered says of nobody where they are`, async () => {
      const bytes = await readFile(join(VECTORS, database))
      // A map's key `country`, spelled as no reader knows it: what is left is `registered_country`.
      const key = Buffer.from('\x47country', 'latin1')
      for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) bytes.write('k', at + 1)
      await writeFile(file, bytes)
      const { places, failures } = await open()
      deepEqual([places.lookup('81.2.69.160'), places.lookup('2001:218::1'), failures], [undefined, undefined, []])
    })
  }
  test('a replaced file is read again, and only then', async () => {
    await put('GeoIP2-City-Test.mmdb')
    const { places } = await open()
    equal(await places.refresh(), false)
    await put('GeoIP2-Country-Test.mmdb')
    equal(await places.refresh(), true)
    deepEqual(places.lookup('216.160.83.56'), { country: 'US' })
  })
  for (const [what, damage] of [
    ['damaged on purpose', () => put('GeoIP2-City-Test-Broken-Double-Format.mmdb')],
    ['no database', () => writeFile(file, 'nothing of the kind')],
    ['empty', () => writeFile(file, '')],
    ['gone', () => rm(file)],
  ] as const) {
    test(`a file that is ${what} leaves the last good one in use, and is reported`, async () => {
      await put('GeoIP2-City-Test.mmdb')
      const { places, failures } = await open()
      await damage()
      equal(await places.refresh(), false)
      deepEqual(places.lookup('216.160.83.56'), { country: 'US', region: 'WA' })
      equal(failures.length, 1)
    })
  }
  test('without a good file at the start nobody has a place', async () => {
    await writeFile(file, 'nothing of the kind')
    const { places, failures } = await open()
    deepEqual([places.lookup('216.160.83.56'), failures.length], [undefined, 1])
  })
})
