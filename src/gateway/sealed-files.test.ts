/** Links of persons in real files: good once, for their time, and nothing in the folder opens them. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { readdir, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { IdentityKey } from '../model/brand.ts'
import { createPersonLinks, MOST_LINK_DAYS } from '../subjects/links.ts'
import { sealedFiles } from './sealed-files.ts'

const DAY_MS = 86_400_000
const KEYS = ['u:ann', 'a:phone'] as unknown as readonly IdentityKey[]

async function made(t: TestContext) {
  const folder = await temporaryFolder(t)
  const clock = { now: 20_000 * DAY_MS + 5 }
  const links = createPersonLinks({
    files: sealedFiles(folder, 'person-links'),
    secret: createSecretKey(Buffer.alloc(32, 1)),
    random: randomBytes,
    now: () => clock.now,
  })
  const left = async (): Promise<readonly string[]> => readdir(join(folder, 'person-links'))
  return { folder, clock, links, left }
}

describe('links of persons', () => {
  test('a link opens what it was made for, once; of many at the same time one opens it', async (t) => {
    const { links, left } = await made(t)
    const { token, until } = await links.make({ purpose: 'access', keys: KEYS }, 7)
    equal(links.isOurs(token), true)
    const opened = await Promise.all(Array.from({ length: 8 }, () => links.open(token)))
    deepEqual(
      opened.filter((one) => one !== undefined),
      [{ purpose: 'access', keys: KEYS, until }],
    )
    equal(await links.open(token), undefined)
    deepEqual(await left(), [])
    equal(links.isOurs(token), true)
  })

  test('a made-up or altered token is none, and costs no read', async (t) => {
    const { links } = await made(t)
    const { token } = await links.make({ purpose: 'choices', keys: KEYS }, 7)
    const altered = `${token.slice(0, 5)}${token[5] === 'A' ? 'B' : 'A'}${token.slice(6)}`
    for (const other of [altered, token.slice(1), `${token}A`, '', 'A'.repeat(32)]) {
      equal(links.isOurs(other), false, other)
      equal(await links.open(other), undefined)
    }
    ok((await links.open(token)) !== undefined)
  })

  test('a link is good until its time and no longer', async (t) => {
    const { links, clock } = await made(t)
    const [first, second] = [
      await links.make({ purpose: 'access', keys: KEYS }, 1),
      await links.make({ purpose: 'access', keys: KEYS }, 1),
    ]
    clock.now = first.until - 1
    ok((await links.open(first.token)) !== undefined)
    clock.now = second.until
    equal(await links.open(second.token), undefined)
  })

  test('its file names nobody, opens under no key of the folder and goes with its time', async (t) => {
    const { folder, links, clock, left } = await made(t)
    const { token } = await links.make({ purpose: 'erasure', keys: KEYS }, MOST_LINK_DAYS)
    const [name = ''] = await left()
    const path = join(folder, 'person-links', name)
    const bytes = await readFile(path)
    for (const word of ['ann', 'phone', 'erasure', token]) ok(!bytes.includes(word) && !name.includes(word))
    // A crash between the two steps of using it up.
    await utimes(path, 0, 0)
    clock.now += (MOST_LINK_DAYS + 2) * DAY_MS
    await links.prune()
    deepEqual(await left(), [])
  })
})
