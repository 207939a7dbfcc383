/** People: found by what they name, told who received what, cases with their clock, erased with the consequences shown first. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

/** Of the demo's people, see `cli/demo/people.ts`. */
const ANA = 'u-ana'
const BEN = 'u-ben'

describe('console: people', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  let officer = ''
  let second = ''
  before(async () => {
    stage = await startStage()
    const tokenOf = async (name: string) =>
      String((await stage.call('POST', 'access/tokens', { name, roles: ['privacy_officer'] })).token)
    officer = await tokenOf('pat')
    second = await tokenOf('sam')
  })
  after(() => stage?.stop())

  const find = async (page: Page, identity: string, kind = 'User id'): Promise<void> => {
    await page.getByLabel('Find by').selectOption(kind)
    await page.getByLabel('The identity').fill(identity)
    await page.getByRole('button', { name: 'Find', exact: true }).click()
  }
  const found = async (page: Page, identity: string): Promise<void> => {
    await find(page, identity)
    await page.getByRole('region', { name: 'The person found' }).waitFor()
  }
  /** Wherever a value must not stand: the address, the title, storages, any attribute or text of the page, form fields. */
  const leftOf = async (page: Page, value: string): Promise<boolean> => {
    const kept = await page.evaluate(`[
      location.href, document.title, document.documentElement.outerHTML,
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]),
      ...[...document.querySelectorAll('input, textarea')].map(({ value }) => value),
    ].join()`)
    return String(kept).includes(value)
  }

  /** The gateway's own answers, with this in place of what they say: what the demo's partners never do. */
  const answerWith = async (
    page: Page,
    url: string,
    part: object | ((answer: Record<string, unknown>) => object),
  ): Promise<void> => {
    await page.route(url, async (route) => {
      const answer = await route.fetch()
      const json = (await answer.json()) as Record<string, unknown>
      const response = { response: answer, json: { ...json, ...(typeof part === 'function' ? part(json) : part) } }
      await route.fulfill(answer.ok() ? response : { response: answer })
    })
  }

  for (const width of [390, 1_440])
    for (const what of ['nobody looked up', 'a person, their statement and an erasure foreseen'])
      test(`${what}, at ${width} pixels: axe finds nothing, nothing sticks out`, async () => {
        const page = await stage.open({
          path: 'people',
          width,
          scheme: width === 390 ? 'dark' : 'light',
          token: officer,
        })
        if (what !== 'nobody looked up') {
          await found(page, ANA)
          await page.getByRole('button', { name: 'Show in words' }).click()
          await page.getByText('received something').waitFor()
          await page.getByRole('button', { name: 'See what an erasure would do…' }).click()
          await page.getByRole('heading', { name: 'Whom to notify' }).waitFor()
        }
        await page.getByRole('heading', { name: 'Cases' }).waitFor()
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('a person is found by what they name, which is then nowhere on the page', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await page.getByLabel('The identity').fill(BEN)
    await page.keyboard.press('Enter')
    await page.getByText('opted out of all sharing').waitFor()
    const choices = page.getByRole('region', { name: 'Statements, newest first' })
    match(await choices.innerText(), /no to sale, sharing, targeted advertising.*the app, which anyone can speak for/s)
    equal(await leftOf(page, BEN), false)
    await page.getByRole('button', { name: 'Show in words' }).click()
    await page.getByText('received').first().waitFor()
    equal(await leftOf(page, BEN), false)
    equal(page.url(), `${stage.address}people`)
  })

  test('what names nobody is said in words', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await find(page, '00000000-0000-0000-0000-000000000000', 'Advertising id')
    await page.getByText('This identifies nobody').waitFor()
  })

  test('who received what is told in words, and saved as CSV and as JSON with proofs', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await found(page, ANA)
    await page.getByRole('button', { name: 'Show in words' }).click()
    match(await page.getByRole('region', { name: 'Recipients' }).innerText(), /Northwind Ads/)
    const saved = async (name: string): Promise<string> => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
      match(download.suggestedFilename(), /^statement\.(csv|json)$/)
      return readFile((await download.path()) ?? '', 'utf8')
    }
    const csv = (await saved('Save as CSV')).trimEnd().split('\r\n')
    match(csv[0] ?? '', /^id,at,recipient/)
    ok(csv.length > 1)
    const json = JSON.parse(await saved('Save as JSON, with proofs'))
    ok(json.disclosures.length > 0 && json.disclosures.every(({ proof }: { proof?: string }) => proof !== undefined))
  })

  test('whom we told of a decision is told by company, with what was handed over by hand', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    const told = ['accepted', 'accepted', 'no_match'].map((state) => ({
      ...{ asked: '2026-11-20', recipient: 'northwind', verb: 'opt_out', state },
      in_words: `Your opt-out, by an identifier: ${state}.`,
    }))
    const by_hand = [
      {
        ...{ at: '2026-11-02T00:00:00.000Z', recipient: 'A court', ground: 'legal_process', basis: 'Order 12.' },
        ...{ classes: ['ip'], scope: 'The addresses of a day.' },
      },
    ]
    await answerWith(page, '**/disclosures*', { told, by_hand })
    await found(page, ANA)
    await page.getByRole('button', { name: 'Show in words' }).click()
    const recipients = page.getByRole('region', { name: 'Recipients' })
    match(await recipients.getByRole('row', { name: /Northwind Ads/ }).innerText(), /accepted: 2, no match: 1/)
    const rows = page.getByRole('region', { name: 'Notified partners and their answers' }).getByRole('row')
    equal(await rows.count(), 4)
    match(await rows.last().innerText(), /northwind\s+Your opt-out, by an identifier: no_match\./)
    await page.getByText('Handed over to A court').waitFor()
    deepEqual(await violationsOn(page), [])
    equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
  })

  test('an opt-out is recorded for a person, in force on every thread', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await found(page, 'u-somebody-new')
    await page.getByText('Nothing is stored').waitFor()
    await page.getByRole('button', { name: 'Record an opt-out' }).click()
    await page.getByText('In force on every thread, and on record.').waitFor()
    match(await page.getByRole('region', { name: 'Statements, newest first' }).innerText(), /staff/)
  })

  test('a link to their own page is shown once, and opens it', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await found(page, ANA)
    await page.getByRole('button', { name: 'Make a link' }).click()
    await page.getByText('It works once').waitFor()
    const path = (await page.getByText(/^\/me\/link\//).innerText()).trim()
    const origin = new URL(new Map(stage.demo.addresses).get('events') ?? '').origin
    equal((await fetch(`${origin}${path}`)).status, 200)
  })

  test('a case has its clock, its steps by name, and an erasure in it takes two people', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await found(page, 'u-case')
    await page.getByLabel('Asked for').selectOption('Erasure')
    await page.getByLabel('Note').fill('A letter of the second of the month.')
    await page.getByRole('button', { name: 'Open the case' }).click()
    await page.getByRole('link', { name: /^Case [0-9a-z]{12}/ }).click()
    await page.getByText('A letter of the second of the month.').waitFor()
    match(await page.getByRole('heading', { level: 1 }).innerText(), /^Erasure, case/)
    await page.getByLabel('What was seen or done').fill('Answered from the address of the account.')
    await page.getByLabel('Who asks was shown by').selectOption('contact')
    await page.getByRole('button', { name: 'Add a note' }).click()
    await page.getByText('pat: noted; shown by: contact').waitFor()
    await page.getByLabel('I have verified who asks').check()
    await page.getByRole('button', { name: 'Erase the person…' }).click()
    await page.getByText('Asked for: another person must do it too.').waitFor()
    const other = await stage.open({ path: new URL(page.url()).pathname.slice(1), token: second })
    await other.getByText('pat has asked for it.').waitFor()
    deepEqual(await violationsOn(other), [])
    await other.getByLabel('I have verified who asks').check()
    await other.getByRole('button', { name: 'Erase the person…' }).click()
    await other.getByText('Its person was erased: the rest identifies nobody.').waitFor()
  })

  test('the cases are listed by when they are due', async () => {
    const page = await stage.open({ path: 'people', token: officer })
    await found(page, ANA)
    await page.getByLabel('Asked for').selectOption('Access')
    await page.getByLabel('Came on').fill('2020-01-02')
    await page.getByRole('button', { name: 'Open the case' }).click()
    await page.getByText(/is open, due on/).waitFor()
    match(await page.getByRole('row', { name: /^Access/ }).innerText(), /overdue by \d+ days/)
    await page.getByLabel('Show').selectOption('Closed')
    match(await page.getByRole('row', { name: /^Erasure/ }).innerText(), /erased|closed/)
  })

  test('an erasure waits for a yes, names whom to notify, and a legal hold is told before', async () => {
    const now = Date.now()
    const hour = 3_600_000
    const { id } = await stage.call('POST', 'ledger/holds', {
      reason: 'case 17',
      from: new Date(now - hour).toISOString(),
      to: new Date(now + hour).toISOString(),
    })
    const page = await stage.open({ path: 'people', token: officer })
    await found(page, ANA)
    await page.getByRole('button', { name: 'See what an erasure would do…' }).click()
    await page.getByText('1 legal hold keeps records about this person').waitFor()
    equal(await page.getByRole('button', { name: 'Erase this person…' }).isDisabled(), true)
    await stage.call('DELETE', `ledger/holds/${String(id)}`)
    await page.reload()
    await found(page, ANA)
    await page.getByRole('button', { name: 'See what an erasure would do…' }).click()
    match(await page.getByRole('region', { name: 'Whom to notify' }).innerText(), /Northwind Ads/)
    await page.getByRole('button', { name: 'Erase this person…' }).click()
    await page.getByRole('button', { name: 'Keep the person' }).click()
    await answerWith(page, '**/erasure', ({ recipients }) => ({
      recipients: (recipients as { partner: string }[]).map((one) =>
        one.partner === 'northwind' ? { ...one, told: [{ state: 'waiting' }, { state: 'waiting' }] } : one,
      ),
    }))
    await page.getByRole('button', { name: 'Erase this person…' }).click()
    await page.getByRole('button', { name: 'Erase for good' }).click()
    const done = page.getByRole('status').filter({ hasText: 'Erased' })
    await done.waitFor()
    match(await done.innerText(), /keys? destroyed[\s\S]*Northwind Ads.*waiting: 2/)
    match(await done.innerText(), /no: notify it yourself/)
    await found(page, ANA)
    await page.getByText('opted out of all sharing').waitFor()
  })

  test('an auditor sees the cases and may look nobody up; a viewer sees no such screen', async () => {
    const tokenOf = async (name: string, role: string) =>
      String((await stage.call('POST', 'access/tokens', { name, roles: [role] })).token)
    const auditor = await stage.open({ path: 'people', token: await tokenOf('audrey', 'auditor') })
    await auditor.getByText('Looking people up is not for your roles.').waitFor()
    await auditor.getByRole('region', { name: 'Cases' }).waitFor()
    const viewer = await stage.open({ path: 'people', token: await tokenOf('vic', 'viewer') })
    await viewer.getByText('Looking people up is not for your roles.').waitFor()
    equal(await viewer.getByRole('link', { name: 'People' }).count(), 0)
  })

  test('no error on the console, no violation of the policy, no identity in any address', () => {
    deepEqual(stage.wrong, [])
    deepEqual(
      stage.asked.filter((url) => !url.startsWith(stage.address) && !url.startsWith('blob:')),
      [],
    )
    deepEqual(
      stage.asked.filter((url) => [ANA, BEN, 'u-case', 'u-somebody-new'].some((identity) => url.includes(identity))),
      [],
    )
  })
})
