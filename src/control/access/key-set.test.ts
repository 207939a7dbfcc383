import { equal, rejects } from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { createKeySet } from './key-set.ts'

// The functions under test look at the key's name and algorithm only.
const TOKEN = { payload: '', signature: '' }
const headerOf = (kid: string) => ({ alg: 'ES256', kid })

async function keyOf(kid: string): Promise<JWK> {
  return { ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid, alg: 'ES256' }
}

async function serveKeys(t: TestContext) {
  const state = { status: 200, keys: [await keyOf('k1')], fetches: 0 }
  const server = createServer((_request, response) => {
    state.fetches++
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: state.keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` }
}

describe('an issuer’s key set by URL', () => {
  test('is fetched once for many tokens, and not again for keys that nobody knows', async (t) => {
    const { state, url } = await serveKeys(t)
    const keys = createKeySet(url, Date.now)
    await keys(headerOf('k1'), TOKEN)
    for (let guess = 0; guess < 200; guess++)
      await rejects(async () => keys(headerOf(`g${guess}`), TOKEN), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    equal(state.fetches, 1)
  })

  test('is not asked again at once while the issuer is down; it is once it may be up', async (t) => {
    const { state, url } = await serveKeys(t)
    let now = 1_000_000
    const keys = createKeySet(url, () => now)
    state.status = 503
    for (let guess = 0; guess < 50; guess++)
      await rejects(async () => keys(headerOf('k1'), TOKEN), { code: 'ERR_ISSUER_UNAVAILABLE' })
    equal(state.fetches, 1)
    state.status = 200
    now += 5_001
    await keys(headerOf('k1'), TOKEN)
    equal(state.fetches, 2)
  })
})

describe('an issuer’s key set in a file', () => {
  test('is read again when it is replaced; while it is spoilt the keys before stand', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-jwks-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'jwks.json')
    let now = 1_000_000
    const save = async (text: string): Promise<void> => {
      await writeFile(file, text)
      await utimes(file, now, now)
      now += 5_001
    }
    const keys = createKeySet(file, () => now)
    await rejects(async () => keys(headerOf('k1'), TOKEN), { code: 'ERR_ISSUER_UNAVAILABLE' })
    now += 5_001
    await save(JSON.stringify({ keys: [await keyOf('k1')] }))
    await keys(headerOf('k1'), TOKEN)
    await save('{"keys": [')
    await keys(headerOf('k1'), TOKEN)
    await save(JSON.stringify({ keys: [await keyOf('k2')] }))
    await keys(headerOf('k2'), TOKEN)
    await rejects(async () => keys(headerOf('k1'), TOKEN), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })
})
