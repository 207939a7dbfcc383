import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ranSluice } from '../support/sluice.ts'
import { ACME, edit, FILES, withFolder } from './fixture.ts'

/** As it is written, line ends included. */
const check = (...argv: readonly string[]) => ranSluice(['check', ...argv])

describe('sluice check', () => {
  test('without a folder it checks config/: exit 0, warnings shown, one line that counts', async () => {
    const { code, out } = await check()
    assert.equal(code, 0, out)
    assert.match(out, /^warning config\/partners\/appsflyer\.yaml:\d+:\d+ when_restricted\.share\.partner_id: pass/m)
    assert.match(out, /^config: no problems, 1 warning; 2 apps, 3 partners, 10 cases passed$/m)
  })

  test('a fault is one line with its place and exit 1', async () => {
    await withFolder({ ...FILES, 'partners/acme.yaml': edit(ACME, '  os: pass', '  oss: pass') }, async (folder) => {
      const { code, out } = await check(folder)
      assert.equal(code, 1)
      assert.ok(
        out.startsWith(`error   ${folder}/partners/acme.yaml:15:3 share.oss: not a field class. Did you mean os?`),
        out,
      )
      assert.match(out, /: 1 problem, 0 warnings$/m)
    })
  })

  test('--json prints one object with the same findings', async () => {
    await withFolder({ ...FILES, 'partners/acme.yaml': edit(ACME, '[US]', '[ZZ]') }, async (folder) => {
      const { code, out } = await check(folder, '--json')
      assert.equal(code, 1)
      assert.deepEqual(JSON.parse(out), {
        ok: false,
        folder,
        problems: [
          {
            file: `${folder}/partners/acme.yaml`,
            line: 7,
            column: 13,
            path: 'countries[0]',
            found: 'not a country code',
            allowed: 'ISO 3166-1 alpha-2 in capitals, such as US',
            hint: '',
          },
        ],
        warnings: [],
      })
    })
  })

  test('--json of a good folder tells its size and digest', async () => {
    await withFolder(FILES, async (folder) => {
      const { code, out } = await check(folder, '--json')
      assert.equal(code, 0)
      const { ok, apps, contracts, digest } = JSON.parse(out)
      assert.deepEqual({ ok, apps, contracts }, { ok: true, apps: 1, contracts: 1 })
      assert.match(digest, /^[0-9a-f]{64}$/)
    })
  })
})
