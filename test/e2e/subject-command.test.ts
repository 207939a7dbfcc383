/** `sluice subject` and what it hands over: by staff, about a person whom no command line and no URL names. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { purchase } from '../support/house.ts'
import { recordsIn } from '../support/ledger-records.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { startWithUsers } from '../support/users.ts'

const IDFA = '3D92078A-8246-4BA4-AE5B-76104861E7DC'

describe('sluice subject', () => {
  test('shows, exports what a verifier finds complete, and erases; a device against fraud is kept for a while', async (t) => {
    const { house } = await startWithUsers(t, {
      gateway: { ledger: { seal_values: true } },
      policy: { erasure: { keep_for_fraud: { identities: ['advertising_id'], months: 6 } } },
    })
    const device = { type: 'ios', advertisingId: IDFA, attTrackingStatus: 3 }
    await house.send([purchase({ userId: 'ann' }, { device }), purchase({ userId: 'ben' })])
    await house.settled()
    const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
    const ann = JSON.stringify({ user: 'ann' })

    const shown = await sluice(['subject', 'show', ...at, '--identity', '-'], ann)
    equal(shown.code, 0, shown.err)
    ok(shown.out.startsWith('1 disclosures to 1 recipients'), shown.out)
    ok(shown.out.includes("your device's advertising identifier, as it was"))

    const file = join(house.folder.root, 'ann.json')
    const records = recordsIn(house.folder.data).length
    await until('the records to be under a checkpoint', async () => {
      const { body } = await house.staff('GET', '/api/v1/ledger/checkpoint')
      return body.size >= records
    })
    const exported = await sluice(['subject', 'export', ...at, '--identity', '-', '--out', file, '--json'], ann)
    deepEqual([exported.code, JSON.parse(exported.out).disclosures], [0, 1])
    equal((await stat(file)).mode & 0o077, 0, 'for its owner alone')
    const statement = JSON.parse(await readFile(file, 'utf8'))
    ok(statement.disclosures[0].value.includes(IDFA))
    const checked = await sluice([
      'ledger',
      'subject',
      file,
      '--data',
      house.folder.data,
      '--trust',
      join(house.folder.data, 'ledger', 'trust'),
    ])
    equal(checked.code, 0, checked.out + checked.err)

    const again = await sluice(['subject', 'export', ...at, '--identity', '-', '--out', file], ann)
    equal(again.code, 1, 'a file that is there is not overwritten')

    const erased = await sluice(['subject', 'erase', ...at, '--identity', '-', '--yes', '--json'], ann)
    deepEqual([erased.code, JSON.parse(erased.out).recipients.length], [0, 1])
    const empty = await sluice(['subject', 'show', ...at, '--identity', '-', '--json'], ann)
    deepEqual(JSON.parse(empty.out).disclosures, [])

    const kept = async (identities: object) => {
      const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities })
      return (await house.staff('GET', `/api/v1/subjects/${body.handle}/fraud-retention`)).body.kept_until
    }
    const keptUntil = Date.parse(await kept({ advertising_id: IDFA }))
    ok(keptUntil > Date.now() + 170 * 86_400_000 && keptUntil < Date.now() + 190 * 86_400_000)
    equal(await kept({ user: 'ann' }), null)
  })

  test('legal holds are placed, listed and released, each on record', async (t) => {
    const { house } = await startWithUsers(t)
    const at = [
      '--control',
      house.gateway.controlUrl,
      '--token-file',
      join(house.folder.data, 'keys', 'staff.token'),
      '--json',
    ]
    const day = ['--from', '2026-11-25T00:00:00Z', '--to', '2026-11-25T23:59:59Z']
    const placed = JSON.parse((await sluice(['hold', 'place', ...at, '--reason', 'case 17', ...day])).out)
    deepEqual(
      JSON.parse((await sluice(['hold', 'list', ...at])).out).items.map(({ id, reason }: Record<string, string>) => [
        id,
        reason,
      ]),
      [[placed.id, 'case 17']],
    )
    equal((await sluice(['hold', 'release', placed.id, ...at])).code, 0)
    equal((await sluice(['hold', 'release', placed.id, ...at])).code, 1)
    equal((await sluice(['hold', 'place', ...at, '--reason', 'case 18'])).code, 1, 'it must say what')
    const { body } = await house.staff('GET', '/api/v1/disclosures?kind=control&limit=1000')
    const actions = body.items.map(({ action }: { action?: string }) => action)
    for (const action of ['legal_hold', 'legal_hold_released'])
      equal(actions.filter((one: string) => one === action).length, 1)
  })

  test('says what is wrong without saying who', async (t) => {
    const { house } = await startWithUsers(t)
    const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
    const noJson = await sluice(['subject', 'show', ...at, '--identity', '-'], 'ann-in-clear')
    deepEqual([noJson.code, noJson.err.includes('ann-in-clear')], [1, false])
    const noKind = await sluice(['subject', 'show', ...at, '--identity', '-'], '{"shoe_size":"ann-in-clear"}')
    deepEqual([noKind.code, noKind.err.includes('ann-in-clear')], [1, false])
  })
})
