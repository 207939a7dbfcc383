/** Signing in at an issuer, in a real browser: there, back, and out again. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Gateway, startGateway } from '../../../src/gateway/gateway.ts'
import { createConfigFolder, type TestFolder } from '../../support/config-folder.ts'
import { CLIENT_ID, CLIENT_SECRET, type RealIssuer, startRealIssuer } from '../../support/real-issuer.ts'
import { CHROMIUM, FLAGS, NO_BROWSER, PATIENCE_MS } from '../browser.ts'
import { violationsOn } from './stage.ts'

/** What stands in front of the gateway: its address is known before the gateway starts, as a registered redirect must be. */
async function startFront(target: () => string) {
  const server = createServer((request, response) => {
    const { method, headers, url } = request
    const passed = forward(`${target()}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // Another site than the issuer's 127.0.0.1: no Strict cookie comes along on the way back.
    address: `http://localhost:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('console: signing in at an issuer', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let issuer: RealIssuer
  let folder: TestFolder
  let gateway: Gateway
  let front: Awaited<ReturnType<typeof startFront>>
  let profile: string
  let context: BrowserContext
  let page: Page
  const wrong: string[] = []

  before(async () => {
    front = await startFront(() => gateway.controlUrl)
    issuer = await startRealIssuer(`${front.address}session/callback`)
    folder = await createConfigFolder({ contracts: [] })
    await writeFile(join(folder.root, 'client.secret'), CLIENT_SECRET)
    const oidc = {
      issuer: issuer.url,
      audience: 'sluice-ops',
      jwks: `${issuer.url}/keys`,
      name_claim: 'name',
      roles: { viewer: ['staff'] },
      sign_in: {
        client_id: CLIENT_ID,
        client_secret: { file: join(folder.root, 'client.secret') },
        redirect_uri: `${front.address}session/callback`,
      },
    }
    await folder.write({ contracts: [], gateway: { control: { host: '127.0.0.1', port: 0, access: { oidc } } } })
    gateway = await startGateway({ configFolder: folder.config })
    profile = await mkdtemp(join(tmpdir(), 'sluice-console-'))
    context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: [...FLAGS],
      headless: true,
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(PATIENCE_MS)
    page = await context.newPage()
    page.on('pageerror', (error) => wrong.push(String(error)))
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) wrong.push(message.text())
    })
  })
  after(async () => {
    await context?.close()
    await rm(profile, { recursive: true, force: true })
    await gateway?.stop()
    await issuer?.stop()
    await front?.stop()
    await folder?.remove()
  })

  test('one click, there and back: signed in by name, with no code in address, history or storage', async () => {
    await page.goto(front.address)
    await page.getByRole('link', { name: 'Sign in with your account' }).waitFor()
    deepEqual(await violationsOn(page), [])
    await page.getByRole('link', { name: 'Sign in with your account' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    equal(page.url(), front.address)
    match((await page.getByRole('button', { name: / and the display$/ }).textContent()) ?? '', /^Ann/)
    deepEqual(await page.evaluate('[document.cookie, { ...localStorage }, { ...sessionStorage }]'), ['', {}, {}])
    const cookies = await context.cookies(front.address)
    deepEqual(
      cookies.map(({ name, httpOnly, secure, sameSite }) => ({ name, httpOnly, secure, sameSite })),
      [{ name: '__Host-sluice-console', httpOnly: true, secure: true, sameSite: 'Strict' }],
    )
  })

  test('signing out ends the session here, and leads to where the issuer ends its own', async () => {
    await page.getByRole('button', { name: / and the display$/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'You are signed out everywhere' }).waitFor()
    deepEqual(
      issuer.ended.map((query) => Object.fromEntries(query)),
      [{ client_id: CLIENT_ID, id_token_hint: issuer.issued.at(-1) }],
    )
    deepEqual(await context.cookies(front.address), [])
    await page.goBack()
    await page.getByRole('link', { name: 'Sign in with your account' }).waitFor()
  })

  test('a person without a role, and one whose sign-in page says no, are told so in words', async () => {
    issuer.person = { ...issuer.person, subject: 'zoe', roles: [] }
    await page.getByRole('link', { name: 'Sign in with your account' }).click()
    await page.getByText('Your account has no role in Sluice').waitFor()
    equal(page.url(), front.address, 'the reason is out of the address')
    Object.assign(issuer.bend, { answer: { code: undefined, error: 'access_denied' } })
    await page.getByRole('link', { name: 'Sign in with your account' }).click()
    await page.getByText('sign-in page declined the sign-in').waitFor()
    deepEqual(await violationsOn(page), [])
    deepEqual(wrong, [])
  })
})
