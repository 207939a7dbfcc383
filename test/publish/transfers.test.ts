/** Countries for which a law asks for a ground: a new or wider contract without one is refused, a live one is told of. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openConfig } from '../../src/publish/live-config.ts'
import { ACME, edit, FILES, GATEWAY, load, NOW, POLICY, TYPES, withFolder } from '../config/fixture.ts'
import { until } from '../support/until.ts'
import { code, type Desk, LESS, MORE, proposed, set, withDesk } from './desk.ts'

/** Under it the United States themselves need a ground: the fixture's contract sends there, and names none. */
const ASKING = edit(POLICY, '    law: CCPA\n', '    law: CCPA\n    transfer_free: [CA]\n')
const GROUND = 'standard contractual clauses'
const GROUNDED = edit(ACME, 'countries: [US]\n', `countries: [US]\ntransfer_basis: ${GROUND}\n`)
const WIDER = edit(ACME, '  os: pass\n', '  os: pass\n  gender: pass\n')

/** The contract is live, and then its law begins to ask. */
async function withAsking(run: (desk: Desk) => Promise<void>): Promise<void> {
  await withDesk(async (desk) => {
    await desk.write('policy.yaml', ASKING)
    const reloaded = await desk.reload()
    deepEqual([reloaded.ok, reloaded.changed, reloaded.waiting], [true, true, undefined])
    await run(desk)
  })
}

describe('a live contract without the ground that its law begins to ask for', () => {
  test('goes on, is told of at each start and with each reading', async () => {
    await withDesk(async (desk, restart) => {
      deepEqual(desk.groundless(), [])
      await desk.write('policy.yaml', ASKING)
      const { ok: isRight, warnings } = await desk.reload()
      equal(isRight, true)
      ok(warnings.some(({ path, found }) => path === 'countries' && /^US, for which us asks for a ground/.test(found)))
      await until('it to be told of', () => desk.groundless().length === 1)
      const again = await restart()
      deepEqual(again.groundless(), [{ partner: 'acme', law: 'us', countries: ['US'] }])
      equal(again.revisions.current().contracts.length, 1)
    })
  })

  test('may become narrower, and not wider before it names one', async () => {
    await withAsking(async (desk) => {
      equal((await desk.change(LESS)).kind, 'published')
      await rejects(desk.change(MORE, { reason: 'needed' }), code('ERR_TRANSFER_GROUND'))
      const both = { edits: [...(MORE.edits ?? []), ...(set(['share', 'os'], null).edits ?? [])] }
      await rejects(desk.change(both, { reason: 'needed' }), code('ERR_TRANSFER_GROUND'))
      const named = await desk.change(set(['transfer_basis'], GROUND))
      equal(named.kind, 'published')
      deepEqual(proposed(await desk.change(MORE, { reason: 'needed' })).change, 'wider')
    })
  })

  test('may not become wider in the very change by which its law begins to ask', async () => {
    await withDesk(async (desk) => {
      const asks = { file: 'policy.yaml', path: ['regimes', 'us', 'transfer_free'], value: ['CA'] }
      const both = { edits: [asks, ...(MORE.edits ?? [])] }
      await rejects(desk.change(both, { reason: 'needed' }), code('ERR_TRANSFER_GROUND'))
      equal((await desk.change({ edits: [asks] })).kind, 'published')
    })
  })

  test('once it names one keeps it', async () => {
    await withAsking(async (desk) => {
      await desk.change(set(['transfer_basis'], GROUND))
      await rejects(desk.change(set(['transfer_basis'], null)), code('ERR_TRANSFER_GROUND'))
    })
  })

  test('is refused as a file that is wider, with the file and what to do; what is live stays', async () => {
    await withAsking(async (desk) => {
      await desk.write('partners/acme.yaml', WIDER)
      const { ok: isRight, problems, revision } = await desk.reload()
      deepEqual([isRight, revision, problems.length], [false, desk.revisions.current().number, 1])
      match(problems[0]!.file, /partners[\\/]acme\.yaml$/)
      match(`${problems[0]!.found} ${problems[0]!.hint}`, /asks for a ground.*transfer_basis/)
      await desk.write(
        'partners/acme.yaml',
        edit(WIDER, 'countries: [US]\n', `countries: [US]\ntransfer_basis: ${GROUND}\n`),
      )
      equal((await desk.reload()).waiting?.change, 'wider')
    })
  })
})

describe('a new contract without a ground', () => {
  const BOLT = edit(edit(ACME, 'id: acme', 'id: bolt'), 'name: Acme', 'name: Bolt')

  test('is refused by the API and by the files', async () => {
    await withAsking(async (desk) => {
      await rejects(
        desk.change({ files: { 'partners/bolt.yaml': BOLT } }, { reason: 'new' }),
        code('ERR_TRANSFER_GROUND'),
      )
      await desk.write('partners/bolt.yaml', BOLT)
      equal((await desk.reload()).ok, false)
    })
  })

  test('is refused at the first start of a folder', async () => {
    await withFolder({}, (data) =>
      withFolder({ ...FILES, 'policy.yaml': ASKING }, async (folder) => {
        await writeFile(join(folder, 'gateway.yaml'), GATEWAY.replace('./data', data))
        const open = () =>
          openConfig({ folder, types: TYPES, clock: { now: () => NOW }, claim: async () => ({ revisionsAbove: 0 }) })
        const refused = await open()
        ok(!refused.ok && refused.problems.some(({ path }) => path === 'transfer_basis'))
        await writeFile(join(folder, 'partners', 'acme.yaml'), GROUNDED)
        ok((await open()).ok)
      }),
    )
  })
})

describe('whether a ground is asked for', () => {
  const asked = async (policy: string, acme = ACME): Promise<boolean> => {
    const loaded = await load({ ...FILES, 'policy.yaml': policy, 'partners/acme.yaml': acme })
    ok(loaded.ok, JSON.stringify(loaded))
    return loaded.warnings.some(({ found }) => found.includes('asks for a ground'))
  }
  const strictAsks = edit(POLICY, '    law: None\n', '    law: None\n    transfer_free: [DE]\n')
  const thirdParty = ACME.replace('role: service_provider', 'role: third_party').replace(/agreement.*\n/, '')
  const rows: [string, string, string, boolean][] = [
    ['no regime says', POLICY, ACME, false],
    ['a regime says, and the contract names none', ASKING, ACME, true],
    ['the contract names one', ASKING, GROUNDED, false],
    ['the country is free', ASKING.replace('[CA]', '[CA, US]'), ACME, false],
    ['one of the countries is not', ASKING.replace('[CA]', '[CA, US]'), ACME.replace('[US]', '[US, IN]'), true],
    ['a service provider gets data where consent is asked for', strictAsks, ACME, true],
    ['a third party outside the vendor list gets nothing there', strictAsks, thirdParty, false],
  ]
  for (const [when, policy, acme, is] of rows)
    test(`${when}: ${is ? 'yes' : 'no'}`, async () => equal(await asked(policy, acme), is))

  test('each law that asks is told of', async () => {
    const both = edit(ASKING, '    law: None\n', '    law: None\n    transfer_free: [DE]\n')
    const loaded = await load({ ...FILES, 'policy.yaml': both })
    const found = loaded.ok ? loaded.warnings.flatMap((one) => (one.path === 'countries' ? [one.found] : [])) : []
    deepEqual(
      found.map((text) => /for which (\w+) asks/.exec(text)?.[1]),
      ['strict', 'us'],
    )
  })

  test('a country that is none is a problem of the policy', async () => {
    const loaded = await load({ ...FILES, 'policy.yaml': ASKING.replace('[CA]', '[UK]') })
    ok(!loaded.ok && loaded.problems.some(({ path, hint }) => path.includes('transfer_free') && hint !== ''))
  })

  test('to ask for fewer grounds takes a second person, to ask for more does not', async () => {
    await withAsking(async (desk) => {
      const free = (value: unknown) => ({
        edits: [{ file: 'policy.yaml', path: ['regimes', 'us', 'transfer_free'], value }],
      })
      equal(proposed(await desk.change(free(['CA', 'US']), { reason: 'decided' })).change, 'wider')
      equal(proposed(await desk.change(free(null), { reason: 'decided' })).change, 'wider')
      // The contract lacks its ground as before: no change of its own.
      equal(proposed(await desk.change(free(['CA', 'MX']), { reason: 'decided' })).change, 'wider')
    })
  })
})
