/** The ops API names files from the configuration folder on: where that lies is nobody's business who calls from elsewhere. */
import { equal, match, ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { startHouse } from '../support/house.ts'

describe('problems of the configuration', () => {
  test('a reload, a draft, a publish and a simulation name no folder of the machine', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    const edits = [{ file: 'partners/acme.yaml', path: ['share', 'oss'], value: 'pass' }]
    const asked = [
      await house.staff('POST', '/api/v1/validate', { edits }),
      await house.staff('POST', '/api/v1/publish', { message: 'm', edits }, { 'if-match': '"1"' }),
      await house.staff('POST', '/api/v1/diff', { draft: { edits } }),
    ]
    const file = join(house.folder.config, 'partners', 'acme.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('contact:', 'contacts:'))
    const reloaded = await house.staff('POST', '/api/v1/reload')
    match(JSON.stringify(reloaded.body), /"partners\/acme\.yaml:\d+:\d+ contacts: /)
    await writeFile(file, text)
    for (const { status, body } of [...asked, reloaded]) {
      ok(status === 422 || status === 200, `${status} ${JSON.stringify(body)}`)
      ok(!JSON.stringify(body).includes(house.folder.root), JSON.stringify(body))
    }
    equal(asked[0]?.body.code, 'ERR_CONFIG_INVALID')
    match(asked[1]?.body.problems[0], /^partners\/acme\.yaml:\d+:\d+ share\.oss: not a field class/)
  })
})
