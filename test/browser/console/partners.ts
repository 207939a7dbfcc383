/** Partners: how each is, its contract as matrix and text, a change from the first click to the second person's approval. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

describe('console: partners and review', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  let ann = ''
  before(async () => {
    stage = await startStage()
    await stage.demo.propose()
    ann = String((await stage.call('POST', 'access/tokens', { name: 'eve', roles: ['editor'] })).token)
  })
  after(() => stage?.stop())

  for (const path of ['partners', 'partners/acme-analytics', 'review', 'review/1'])
    for (const width of [390, 1_440])
      test(`${path} at ${width} pixels: axe finds nothing, nothing sticks out`, async () => {
        const page = await stage.open({ path, width, scheme: width === 390 ? 'dark' : 'light' })
        await page.waitForLoadState('networkidle')
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('a cell that is lowered is lowered in the text, and a case that it breaks says so on its line', async () => {
    const page = await stage.open({ path: 'partners/acme-analytics', token: ann })
    await page.getByLabel('place, contract gives').selectOption('country')
    await page.getByRole('tab', { name: 'YAML' }).click()
    match(await page.getByLabel('Contract of Acme Analytics').innerText(), /place: country/)
    await page.getByRole('tab', { name: 'Cases' }).click()
    const aside = page.getByRole('complementary')
    await aside.getByText('place: city is expected and country leaves').waitFor()
    match(await aside.innerText(), /acme-analytics\.cases\.yaml, line \d+/)
    await page.getByRole('button', { name: 'Discard the change' }).click()
    await aside.getByText('Nothing is changed').waitFor()
    await page.getByRole('tab', { name: 'YAML' }).click()
    match(await page.getByLabel('Contract of Acme Analytics').innerText(), /place: city/)
  })

  test('a mistake in the text is marked on its line, in words', async () => {
    const page = await stage.open({ path: 'partners/northwind', token: ann })
    await page.getByRole('tab', { name: 'YAML' }).click()
    const editor = page.getByLabel('Contract of Northwind Ads')
    await editor.click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type('rol: x\n')
    const aside = page.getByRole('complementary')
    await aside.getByText('northwind.yaml, line 1').waitFor()
    match(await aside.innerText(), /Did you mean role/)
    ok((await page.locator('.cm-lint-marker-error').count()) > 0)
    equal(await aside.getByRole('button', { name: /Publish|Propose/ }).isDisabled(), true)
  })

  test('a proposal says who asks and why, what a partner would newly receive, and its author cannot approve it', async () => {
    const page = await stage.open({ path: 'review' })
    await page.getByRole('link', { name: /Proposal 1/ }).click()
    await page.getByText('by the hour of the user’s own day').waitFor()
    await page.getByText('+ "timezone"').or(page.getByText('"timezone": "America/Los_Angeles"')).first().waitFor()
    match(await page.getByLabel('What it means').or(page.locator('main')).first().innerText(), /ann/)
    await page
      .getByRole('row', { name: /more acme-analytics/ })
      .first()
      .waitFor()
    const mine = await stage.open({ path: 'review/1', token: ann })
    await mine.getByText('Approving takes an approver').waitFor()
    equal(await mine.getByRole('button', { name: /^Approve/ }).count(), 0)
  })

  test('what people say of it stands beside it, by name and in order', async () => {
    const mine = await stage.open({ path: 'review/1', token: ann })
    await mine.getByLabel('Say something').fill('Is the hour enough?')
    await mine.getByRole('button', { name: 'Comment' }).click()
    await mine.getByRole('listitem').filter({ hasText: 'Is the hour enough?' }).waitFor()
    equal(await mine.getByLabel('Say something').inputValue(), '')
    const page = await stage.open({ path: 'review/1' })
    match(await page.getByRole('listitem').filter({ hasText: 'Is the hour enough?' }).innerText(), /^eve/)
    await page.getByLabel('Say something').fill('Yes: no date leaves.')
    await page.getByLabel('Say something').press('Enter')
    await page.getByRole('listitem').filter({ hasText: 'Yes: no date leaves.' }).waitFor()
    deepEqual(await violationsOn(page), [])
  })

  test('another person approves it: live on every thread, with both names in the history', async () => {
    const page = await stage.open({ path: 'review/1' })
    await page.getByRole('button', { name: /^Approve: affects up to \d+ user/ }).click()
    await page.getByText('Live as revision 2').waitFor()
    await page.getByRole('link', { name: 'Review' }).first().click()
    match(
      await page.getByRole('listitem').filter({ hasText: 'live' }).last().innerText(),
      /by ann, approved by bootstrap token/,
    )
  })

  test('two people edit at once: the second is shown both changes and begins from the newer', async () => {
    const page = await stage.open({ path: 'partners/appsflyer', token: ann })
    await page.getByRole('tab', { name: 'YAML' }).click()
    await page.getByLabel('Contract of AppsFlyer').click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type('# looked through in November\n')
    const publish = page.getByRole('complementary').getByRole('button', { name: 'Publish…' })
    await page.getByRole('complementary').getByText('no change').waitFor()
    const { revision } = (await stage.call('GET', 'status')) as { revision?: number }
    const edits = [{ file: 'partners/northwind.yaml', path: ['contact'], value: 'dpo@northwind.example' }]
    await stage.call('POST', 'publish', { message: 'a new address', edits }, { 'if-match': `"${revision}"` })
    await publish.click()
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('went live meanwhile').waitFor()
    match(await page.getByRole('dialog').innerText(), /contact in partners\/northwind\.yaml/)
    await page.getByRole('button', { name: /^Begin from revision/ }).click()
    await page.getByText(`Revision ${Number(revision) + 1} is what you see`).waitFor()
  })

  test('no error on the console, no violation of the policy, nothing asked of others', () => {
    deepEqual(stage.wrong, [])
    deepEqual(
      stage.asked.filter((url) => !url.startsWith(stage.address)),
      [],
    )
  })
})
