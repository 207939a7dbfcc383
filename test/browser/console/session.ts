/** How a browser comes in, and what it may do there. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

describe('console: the session', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.stop())

  test('a link signs in once, and leaves the code neither in the address nor in storage', async () => {
    const page = await stage.open()
    equal(page.url(), stage.address)
    const cookies = await page.context().cookies()
    deepEqual(
      cookies.map(({ name, httpOnly, secure, sameSite, path }) => ({ name, httpOnly, secure, sameSite, path })),
      [{ name: '__Host-sluice-console', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' }],
    )
    deepEqual(await page.evaluate('[document.cookie, { ...localStorage }, { ...sessionStorage }]'), ['', {}, {}])
    equal(await page.title(), 'Overview · Sluice')
  })

  test('a link that was used is refused in words, and a token by hand works', async () => {
    const page = await stage.open()
    const { code } = await stage.call('POST', 'sign-in-codes')
    const body = JSON.stringify({ code })
    const headers = { 'content-type': 'application/json' }
    equal((await fetch(`${stage.address}session`, { method: 'POST', headers, body })).status, 200)
    await page.context().clearCookies()
    await page.goto('about:blank')
    await page.goto(`${stage.address}#code=${String(code)}`)
    match(await page.getByRole('alert').innerText(), /used already/)
    const { token } = await stage.call('POST', 'access/tokens', { name: 'vera', roles: ['viewer'] })
    await page.getByLabel('Or with your token').fill(String(token))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    equal(await page.getByRole('button', { name: 'Stop…' }).count(), 0, 'a viewer is offered no stop')
  })

  test('a link of somebody else asks before it signs in', async () => {
    const { token } = await stage.call('POST', 'access/tokens', { name: 'mallory', roles: ['editor'] })
    const page = await stage.open()
    const follow = async () => {
      const { code } = await stage.call('POST', 'sign-in-codes', undefined, {
        authorization: `Bearer ${String(token)}`,
      })
      await page.goto('about:blank')
      await page.goto(`${stage.address}#code=${String(code)}`)
      await page.getByText('somebody else’s').waitFor()
    }
    const who = () => page.getByRole('button', { name: / and the display$/ }).textContent()
    await follow()
    equal(page.url(), stage.address)
    deepEqual(await violationsOn(page), [])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    match((await who()) ?? '', /^You/, 'Enter stays')
    await follow()
    await page.getByRole('button', { name: 'Sign in with the link' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    match((await who()) ?? '', /^mallory/)
  })

  test('a link that is followed while the console is open is read as well: the page is not loaded anew', async () => {
    const page = await stage.open()
    const { token } = await stage.call('POST', 'access/tokens', { name: 'nora', roles: ['editor'] })
    const { code } = await stage.call('POST', 'sign-in-codes', undefined, { authorization: `Bearer ${String(token)}` })
    await page.evaluate('window.isSamePage = true')
    await page.goto(`${stage.address}#code=${String(code)}`)
    await page.getByRole('button', { name: 'Sign in with the link' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    match((await page.getByRole('button', { name: / and the display$/ }).textContent()) ?? '', /^nora/)
    deepEqual([page.url(), await page.evaluate('window.isSamePage')], [stage.address, true])
    await page.goto(`${stage.address}#code=${String(code)}`)
    await page.waitForURL(stage.address)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
  })

  test('a call with the cookie alone changes nothing', async () => {
    const page = await stage.open()
    const answers = await page.evaluate(async () => {
      const put = (headers: Record<string, string>) =>
        fetch('/api/v1/stop', {
          method: 'PUT',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ stopped: true }),
        }).then(async (answer) => [answer.status, ((await answer.json()) as { code?: string }).code])
      return [await put({}), await put({ 'sluice-csrf': 'guessed' })]
    })
    deepEqual(answers, [
      [403, 'ERR_CSRF'],
      [403, 'ERR_CSRF'],
    ])
    const status = (await stage.call('GET', 'status')) as { stopped?: { all: boolean } }
    equal(status.stopped?.all, false)
  })

  test('a token that is taken back ends its session at the next call', async () => {
    const { token } = await stage.call('POST', 'access/tokens', { name: 'eric', roles: ['editor'] })
    const page = await stage.open({ token: String(token) })
    await stage.call('DELETE', 'access/tokens/eric')
    await page.getByLabel('Or with your token').waitFor()
  })

  test('signing out ends the session for whoever kept the cookie', async () => {
    const page = await stage.open()
    const [cookie] = await page.context().cookies()
    await page.getByRole('button', { name: / and the display$/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Or with your token').waitFor()
    const again = await fetch(`${stage.address}session`, {
      headers: { cookie: `__Host-sluice-console=${cookie?.value}` },
    })
    equal(again.status, 401)
  })

  test('the page may load nothing but its own files', async () => {
    const answer = await fetch(stage.address)
    const policy = answer.headers.get('content-security-policy') ?? ''
    ok(policy.includes("default-src 'none'") && !policy.includes('unsafe'), policy)
    deepEqual(
      stage.asked.filter((url) => !url.startsWith(stage.address)),
      [],
    )
    deepEqual(stage.wrong, [])
  })
})
