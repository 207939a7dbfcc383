import { deepEqual, equal, rejects } from 'node:assert/strict'
import { utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Request } from 'express'
import { APP, revision } from '../../test/support/builders.ts'
import { createIssuer, ISSUER } from '../../test/support/issuer.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { AppPlan } from '../model/contract.ts'
import type { IngressDeps } from './deps.ts'
import { createUserReader } from './user.ts'
import { createUserVerifier } from './user-token.ts'

const app = (jwks: string, issuer = ISSUER): AppPlan => ({
  id: APP,
  name: 'Messenger',
  writeKeys: [],
  retiredKeys: [],
  users: { jwks, issuer, audience: 'sluice-ops', claim: 'sub' },
})

async function tempFile(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t)
  return join(folder, 'jwks.json')
}

/** Reads the user of a token as the data plane does. */
function readerOf(apps: readonly AppPlan[], now: () => number) {
  const plan = revision({ apps, contracts: [] })
  // Sound: nothing else of the revisions is asked.
  const revisions = { current: () => plan } as IngressDeps['revisions']
  const userOf = createUserReader({ revisions, verifyUser: createUserVerifier(now) })
  return (token: string) => userOf({ headers: { authorization: `Bearer ${token}` } } as Request)
}

describe('a person’s token', () => {
  test('by a key that was taken back is refused within a minute, and one by its successor is taken', async (t) => {
    const file = await tempFile(t)
    let time = Date.now()
    const [old, successor] = [await createIssuer('k1'), await createIssuer('k2')]
    const save = async (jwks: object): Promise<void> => {
      await writeFile(file, JSON.stringify(jwks))
      await utimes(file, time / 1_000, time / 1_000)
    }
    const userOf = readerOf([app(file)], () => time)
    await save(old.jwks)
    const token = await old.token({ subject: 'ann', expiresIn: 3_600 })
    equal((await userOf(token))?.identity.value, 'ann')
    time += 1_000
    await save(successor.jwks)
    time += 60_000
    await rejects(userOf(token), { code: 'ERR_TOKEN_INVALID' })
    equal((await userOf(await successor.token({ subject: 'ann', expiresIn: 3_600 })))?.identity.value, 'ann')
  })

  test('whose issuer is away is not called invalid, and another issuer’s is not held up', async (t) => {
    const file = await tempFile(t)
    let asked = 0
    const away = createServer((request) => {
      asked++
      request.socket.destroy()
    })
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve))
    t.after(() => away.close())
    const url = `http://127.0.0.1:${(away.address() as AddressInfo).port}/jwks`
    const issuer = await createIssuer('k1')
    await issuer.saveJwks(file)
    for (const apps of [
      [app(url, 'https://away.example/'), app(file)],
      [app(file), app(url, 'https://away.example/')],
      [app(file, 'https://away.example/'), app(url, 'https://away.example/')],
    ]) {
      const userOf = readerOf(apps, Date.now)
      const theirs = await issuer.forged({ subject: 'ann', issuer: 'https://away.example/' })
      await rejects(userOf(theirs), { code: 'ERR_ISSUER_UNAVAILABLE' })
    }
    const userOf = readerOf([app(url, 'https://away.example/'), app(file)], Date.now)
    const before = asked
    equal((await userOf(await issuer.token({ subject: 'ben' })))?.identity.value, 'ben')
    deepEqual([before > 0, asked], [true, before])
  })

  test('that names nobody who could be known is refused', async (t) => {
    const file = await tempFile(t)
    const issuer = await createIssuer('k1')
    await issuer.saveJwks(file)
    const userOf = readerOf([app(file)], Date.now)
    for (const subject of ['', 'J\uFFFDrg', 'u\ud83d'])
      await rejects(userOf(await issuer.token({ subject })), { code: 'ERR_TOKEN_INVALID' }, subject)
    await rejects(userOf('nonsense'), { code: 'ERR_TOKEN_INVALID' })
    await rejects(userOf(await issuer.token({ issuer: 'https://else.example/' })), { code: 'ERR_TOKEN_INVALID' })
  })
})
