/** What `sluice check` finds beyond each file by itself: rules that never apply, secrets in the clear, slips between files. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { wordFor } from '../../src/contracts/levels.ts'
import { FIELD_CLASSES, ipBits, LADDERS } from '../../src/model/field-class.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { PARTNER_TYPES, partnerTypes } from '../../src/partners/registry.ts'
import { CONNECTIONS } from '../support/partner-settings.ts'
import { ACME, APPS, edit, FILES, load, POLICY } from './fixture.ts'

const THIRD = edit(
  edit(
    ACME,
    'role: service_provider\nagreement: { ref: DPA-1, until: 2027-12-31 }',
    'role: third_party\ntcf_vendor: 755',
  ),
  'purposes: [analytics]',
  'purposes: [measurement]',
)
const third = (from: string, to: string) => ({ 'partners/acme.yaml': edit(THIRD, from, to) })
const acme = (from: string, to: string) => ({ 'partners/acme.yaml': edit(ACME, from, to) })
const SECRET = 'A secret itself never stands in a file of the configuration: replace it, it has been written down.'

async function warningsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const result = await load({ ...FILES, ...files }, partnerTypes())
  assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'))
  return result.warnings.map(formatProblem)
}

describe('check: rules that can never apply', () => {
  const rows: readonly {
    readonly name: string
    readonly files: Readonly<Record<string, string>>
    readonly says: readonly string[]
  }[] = [
    {
      name: 'a good third party and a good service provider give none',
      files: third('os: pass', 'os: pass'),
      says: [],
    },
    {
      name: 'a grant for restricted people that something else always lowers',
      files: {
        ...third(
          '  os: pass',
          '  coordinates: 50km2\nwhen_restricted: { send: limited, share: { coordinates: 50km2, ip: [24, 48] } }',
        ),
        'policy.yaml': `min_area_km2: 500\n${POLICY.replaceAll('precise_location: only_if_opted_in', 'precise_location: never')}`,
      },
      says: [
        'partners/acme.yaml:15:16 share.coordinates: 50km2, which no law gives in any situation. Allowed: at most 500km2',
        'partners/acme.yaml:16:57 when_restricted.share.coordinates: 50km2 for restricted people, which never comes about. Allowed: at most 500km2',
      ],
    },
    {
      name: 'a grant finer than any law ever gives',
      files: {
        ...third('  os: pass', '  coordinates: pass'),
        'policy.yaml': POLICY.replaceAll('precise_location: only_if_opted_in', 'precise_location: never'),
      },
      says: [
        'partners/acme.yaml:15:16 share.coordinates: pass, which no law gives in any situation. Allowed: at most 5km2',
      ],
    },
    {
      name: 'a partner that nobody’s data can ever reach',
      files: {
        ...third('tcf_vendor: 755', 'tcf_vendor: 755'),
        'policy.yaml': edit(
          POLICY.replaceAll('unless_opted_out', 'never'),
          'places: { US: us, US-CA: us, DE: strict }',
          'places: { US: us }',
        ).replaceAll('only_if_opted_in', 'never'),
      },
      says: [
        'partners/acme.yaml:6:1 purposes: nothing can ever leave under this contract: The law of this place does not allow it.',
      ],
    },
    {
      name: 'a purpose that the vendor never declared closes the others where only consent counts',
      files: {
        ...third('purposes: [measurement]', 'purposes: [measurement, advertising]'),
        'policy.yaml': `vendor_list: list.json\n${edit(POLICY, 'US: us, US-CA: us, DE: strict', 'DE: strict')}`,
        'list.json': JSON.stringify({
          vendorListVersion: 1,
          vendors: { 755: { id: 755, purposes: [1, 7], legIntPurposes: [] } },
        }),
      },
      says: [
        'partners/acme.yaml:6:1 purposes: nothing can ever leave under this contract: The consent string does not permit this. Remove advertising: it closes the other purposes too.',
        'policy.yaml:15:3 regimes.us: a regime that no place uses.',
      ],
    },
    {
      name: 'an event that the type cannot say without a field that share does not grant',
      files: {
        'partners/acme.yaml': edit(
          edit(THIRD, 'type: webhook', 'type: appsflyer'),
          'connection: { url: https://acme.example/hook }',
          'connection: { app_id: id1234567890, key: { env: KEY } }',
        ).replace('ip: [24, 48]', 'ip: [24, 0]'),
      },
      says: [
        'partners/acme.yaml:12:3 events."Order Completed": an event that the type appsflyer can never say with what share grants. Grant partner_id under share.',
      ],
    },
    {
      name: 'a region outside the US',
      files: { 'policy.yaml': edit(POLICY, 'DE: strict', 'DE: strict, DE-BY: us') },
      says: [
        'policy.yaml:24:42 places.DE-BY: a region that no event ever names. Regions are told apart in the US only; DE as a whole is strict.',
      ],
    },
    {
      name: 'an agreement that ends soon',
      files: acme('until: 2027-12-31', 'until: 2026-12-01'),
      says: [
        'partners/acme.yaml:5:33 agreement.until: the agreement ends in 17 days: from then on the partner is a third party. Renew it, or say what shall be shared then.',
      ],
    },
  ]
  for (const { name, files, says } of rows) {
    test(name, async () => assert.deepEqual(await warningsOf(files), says))
  }
})

describe('check: every partner type', () => {
  for (const { type, abilities } of PARTNER_TYPES) {
    test(`${type}: a contract that grants all that it can carry, always, has no finding but what that means for restricted people`, async () => {
      const share = Object.fromEntries(
        FIELD_CLASSES.filter((name) => name !== 'property' && (abilities[name] ?? 0) > 0).map((name) => [
          name,
          name === 'ip' ? Object.values(ipBits(abilities.ip ?? 0)) : wordFor(name, abilities[name] ?? 0),
        ]),
      )
      const contract = {
        ...parse(THIRD),
        type,
        connection: CONNECTIONS[type],
        share,
        when_restricted: { send: 'limited', share },
        events: { 'Order Completed': { as: 'purchase', properties: {} } },
        notify: 'off',
      }
      const warnings = await warningsOf({ 'partners/acme.yaml': stringify(contract) })
      const paths = warnings.map((warning) => /^\S+ (\S+): pass: acme receives /.exec(warning)?.[1])
      // Whatever can be a pseudonym names somebody, but for an event's own id.
      const ids = FIELD_CLASSES.filter(
        (name) => (LADDERS[name] as readonly string[] | 'ip').includes('pseudonym') && name !== 'message_id',
      )
      const named = FIELD_CLASSES.filter(
        (name) => ids.includes(name) || ['coordinates', 'email', 'phone', 'name', 'address'].includes(name),
      )
      assert.deepEqual(
        paths,
        named.filter((name) => (abilities[name] ?? 0) > 0).map((name) => `when_restricted.share.${name}`),
      )
    })
  }
})

describe('check: who somebody is, once they are restricted', () => {
  const share = (restricted: string) =>
    third(
      '  os: pass',
      `  user_id: pass\n  email: pass\n  coordinates: pass\n  os: pass\nwhen_restricted: ${restricted}`,
    )
  const AT = 'partners/acme.yaml:19'
  const HINT = 'Remove it, unless the law that restricts them allows it.'
  const PEOPLE = 'of people who opted out or whom a law restricts'
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['nothing is said where nothing goes', share('{ send: nothing }'), []],
    ['nothing is said of what tells nobody', share('{ send: limited, share: { os: pass, coordinates: 5km2 } }'), []],
    [
      'a contact and a pseudonym each say what they mean',
      share('{ send: limited, share: { user_id: pseudonym, email: pass } }'),
      [
        `${AT}:53 when_restricted.share.user_id: pseudonym: acme receives a lasting pseudonym for the account id ${PEOPLE}, and can recognise each of them again. ${HINT}`,
        `${AT}:71 when_restricted.share.email: pass: acme receives the e-mail address ${PEOPLE}, and can tell who they are. ${HINT}`,
      ],
    ],
    [
      'a position below the area of the policy is precise',
      {
        ...share('{ send: limited, share: { coordinates: 50km2 } }'),
        'policy.yaml': `min_area_km2: 500\n${POLICY}`,
      },
      [
        `${AT}:57 when_restricted.share.coordinates: 50km2: acme receives a precise position ${PEOPLE}, and can tell where they are. ${HINT}`,
      ],
    ],
    [
      'a service provider is asked about its agreement',
      acme('  os: pass\n', '  phone: pass\n  os: pass\nwhen_restricted: { send: limited, share: { phone: pass } }\n'),
      [
        `partners/acme.yaml:17:51 when_restricted.share.phone: pass: acme receives the phone number ${PEOPLE}, and can tell who they are. Keep it only where the agreement binds them to use it for you alone.`,
      ],
    ],
  ]
  for (const [name, files, says] of rows) {
    test(name, async () => assert.deepEqual(await warningsOf(files), says))
  }

  test('is a warning: the configuration is good, unless warnings are errors', async () => {
    const result = await load({ ...FILES, ...share('{ send: limited, share: { email: pass } }') }, partnerTypes())
    assert.equal(result.ok, true)
    assert.equal(result.warnings.length, 1)
  })
})

describe('check: what the files say to each other', () => {
  test('an app that no contract names', async () => {
    const files = { 'apps.yaml': `${APPS}  - { id: other-app, name: Other, write_keys: [another-key-01] }\n` }
    assert.deepEqual(await warningsOf(files), [
      'apps.yaml:6:11 apps[1].id: other-app, which no contract names: its events go to nobody.',
    ])
  })

  test('an event spelt differently from every other contract', async () => {
    const other = edit(edit(ACME, 'id: acme', 'id: beta'), 'Order Completed', 'Order completed')
    assert.deepEqual(await warningsOf({ 'partners/beta.yaml': other }), [
      'partners/beta.yaml:12:3 events."Order completed": an event that no other contract spells so. Did you mean Order Completed?',
    ])
  })

  for (const fine of ['Orders Completed', 'Order 2 Completed', 'Order Cancelled', 'Order Updated']) {
    test(`${fine} is a name of its own`, async () => {
      const other = edit(edit(ACME, 'id: acme', 'id: beta'), 'Order Completed', fine)
      assert.deepEqual(await warningsOf({ 'partners/beta.yaml': other }), [])
    })
  }
})

describe('check: secrets in the clear', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['a private key', `-----BEGIN ${'EC '}PRIVATE KEY-----`],
    ['a signed token (JWT)', ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTYifQ', 'c2lnbmF0dXJlLW9mLWl0'].join('.')],
    ['an AWS access key', `AKIA${'IOSFODNN7EXAMPLE'}`],
    ['a GitHub token', `ghp_${'abcdefghijklmnopqrstuvwxyz0123456789'}`],
    ['a Slack token', `xoxb-${'123456789012-abcdefghijkl'}`],
    ['a Stripe key', `sk_${'live'}_abcdefghijklmnop1234`],
    ['a Google API key', `AIza${'SyA1234567890abcdefghijklmnopqrstuv'}`],
    ['a Meta access token', `EAA${'B1'.repeat(30)}`],
    ['a bearer token', `Bearer ${'abcdef1234567890abcdef'}`],
    ['a key or token', '9f8e7d6c5b4a39281706f5e4d3c2b1a0'],
  ]
  for (const [what, text] of forms) {
    test(`${what} in a contract's notes is an error that does not repeat it`, async () => {
      const result = await load({ ...FILES, ...acme('countries: [US]', `countries: [US]\nnotes: "see ${text}"`) })
      assert.ok(!result.ok)
      const said = result.problems.map(formatProblem)
      assert.equal(said.length, 1, said.join('\n'))
      assert.match(
        said[0]!,
        new RegExp(
          `^partners/acme\\.yaml:8:\\d+ (notes: )?what looks like ${what.replace(/[()]/g, '\\$&')}\\. ${SECRET}$`,
        ),
      )
      assert.equal(said[0]!.includes(text.slice(-8)), false)
    })
  }

  test('one in a comment is found as well', async () => {
    const result = await load({ ...FILES, 'gateway.yaml': `${FILES['gateway.yaml']}# was AKIA${'IOSFODNN7EXAMPLE'}\n` })
    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map(({ line, column }) => [line, column]),
      [[3, 7]],
    )
  })

  test('ids, addresses, names and write keys are not taken for secrets', async () => {
    const fine = {
      ...acme(
        'countries: [US]',
        'countries: [US]\nnotes: >-\n  See https://acme.example/docs/integration/guide/2026-11-25/server-to-server-events-v2.1 and\n  3f2504e0-4f89-11d3-9a0c-0305e82c3301, DPA-2026-014, com.example.messenger.android.release',
      ),
      'apps.yaml': edit(APPS, 'live-key-0001', '9f8e7d6c5b4a39281706f5e4d3c2b1a0'),
    }
    assert.deepEqual(await warningsOf(fine), [])
  })
})

describe('check: the shipped configuration', () => {
  test('has no finding but the install id that AppsFlyer goes on receiving', async () => {
    const { reportOn } = await import('../../src/publish/report.ts')
    const folder = new URL('../../config', import.meta.url).pathname
    const { json } = await reportOn(folder, partnerTypes(), Date.UTC(2026, 10, 25))
    const { warnings, problems } = json as { warnings: readonly { path: string }[]; problems: readonly unknown[] }
    assert.deepEqual([problems, warnings.map(({ path }) => path)], [[], ['when_restricted.share.partner_id']])
    assert.equal((await reportOn(folder, partnerTypes(), Date.UTC(2026, 10, 25), true)).ok, false)
  })

  test('every shipped partner has its cases', async () => {
    for (const id of ['acme-analytics', 'appsflyer', 'northwind'])
      assert.match(
        await readFile(new URL(`../../config/partners/${id}.cases.yaml`, import.meta.url), 'utf8'),
        /^cases:/m,
      )
  })
})
