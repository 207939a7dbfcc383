import { equal, rejects } from 'node:assert/strict'
import { utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
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

describe('an issuer that does not answer', () => {
  test('is believed for ten minutes by what it said last, and no longer', async (t) => {
    const { state, url } = await serveKeys(t)
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
    const keys = createKeySet(url, Date.now)
    await keys(headerOf('k1'), TOKEN)
    state.status = 503
    for (const ms of [60_001, 300_000]) {
      t.mock.timers.tick(ms)
      await keys(headerOf('k1'), TOKEN)
    }
    t.mock.timers.tick(300_000)
    await rejects(async () => keys(headerOf('k1'), TOKEN), { code: 'ERR_ISSUER_UNAVAILABLE' })
  })

  test('does not stand between a key that was taken back and its end: within a minute of an answer', async (t) => {
    const { state, url } = await serveKeys(t)
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
    const keys = createKeySet(url, Date.now)
    await keys(headerOf('k1'), TOKEN)
    state.keys = [await keyOf('k2')]
    t.mock.timers.tick(60_001)
    await rejects(async () => keys(headerOf('k1'), TOKEN), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await keys(headerOf('k2'), TOKEN)
  })
})

describe('an issuer’s key set in a file', () => {
  test('is read again when it is replaced; while it is spoilt the keys before stand', async (t) => {
    const folder = await temporaryFolder(t)
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
    // Tokens that come together: the second does not find the file being read and give up.
    await Promise.all([keys(headerOf('k1'), TOKEN), keys(headerOf('k1'), TOKEN)])
    await save('{"keys": [')
    await keys(headerOf('k1'), TOKEN)
    await save(JSON.stringify({ keys: [await keyOf('k2')] }))
    await keys(headerOf('k2'), TOKEN)
    await rejects(async () => keys(headerOf('k1'), TOKEN), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })
})
