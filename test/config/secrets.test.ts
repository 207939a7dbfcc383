/** A secret that stands where only a reference may stand, or anywhere by mistake, is never repeated. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { reportOn } from '../../src/publish/report.ts'
import { ACME, APPS, edit, FILES, GATEWAY, load, NOW, POLICY, TYPES, withFolder } from './fixture.ts'

/** Of a form that no rule about length or letters keeps from being printed. */
const CANARY = 'sk_live_4f9a1c77'

const meta = (connection: string): string =>
  edit(edit(ACME, 'type: webhook', 'type: meta_capi'), '{ url: https://acme.example/hook }', connection)
const hook = (connection: string): string => edit(ACME, '{ url: https://acme.example/hook }', connection)
const acme = (text: string): Readonly<Record<string, string>> => ({ 'partners/acme.yaml': text })

const PLACES: readonly (readonly [name: string, files: Readonly<Record<string, string>>, where: string])[] = [
  ['a literal', acme(meta(`{ dataset: "1", token: ${CANARY} }`)), 'partners/acme.yaml:16:29 connection.token'],
  [
    'a literal as a key',
    acme(meta(`{ dataset: "1", token: { ${CANARY} } }`)),
    'partners/acme.yaml:16:29 connection.token',
  ],
  [
    'a literal twice as a key',
    acme(meta(`{ dataset: "1", token: { ${CANARY}, ${CANARY} } }`)),
    'partners/acme.yaml:16:56',
  ],
  [
    'a literal in a list',
    acme(meta(`{ dataset: "1", token: [${CANARY}] }`)),
    'partners/acme.yaml:16:29 connection.token',
  ],
  [
    'a reference with a literal beside it',
    acme(meta(`{ dataset: "1", token: { env: META, value: ${CANARY} } }`)),
    'partners/acme.yaml:16:29 connection.token',
  ],
  [
    'an env that is no name',
    acme(meta(`{ dataset: "1", token: { env: "${CANARY}!" } }`)),
    'partners/acme.yaml:16:29 connection.token',
  ],
  [
    'a key of the wrong kind',
    acme(meta(`{ dataset: { ${CANARY}: 1 }, token: { env: META } }`)),
    'partners/acme.yaml:16:24 connection.dataset',
  ],
  [
    'a header with a credential in it',
    acme(hook(`{ url: https://a.example/, headers: { X-Api-Key: ${CANARY} } }`)),
    'partners/acme.yaml:16:51 connection.headers.X-Api-Key',
  ],
  [
    'a header with a list in it',
    acme(hook(`{ url: https://a.example/, headers: { X-Source: [${CANARY}] } }`)),
    'partners/acme.yaml:16:51 connection.headers.X-Source',
  ],
  [
    'a signing key',
    acme(hook(`{ url: https://a.example/, signature: { header: X-Sig, key: ${CANARY} } }`)),
    'partners/acme.yaml:16:68 connection.signature.key',
  ],
  [
    'a password in an address',
    acme(hook(`{ url: "https://user:${CANARY}@a.example/" }`)),
    'partners/acme.yaml:16:20 connection.url',
  ],
  [
    'a credential in an address',
    acme(hook(`{ url: "https://a.example/?b=1&api_key=${CANARY}" }`)),
    'partners/acme.yaml:16:20 connection.url',
  ],
  ['an address of no form', acme(hook(`{ url: "${CANARY}" }`)), 'partners/acme.yaml:16:20 connection.url'],
  [
    'a method',
    acme(hook(`{ url: https://a.example/, method: ${CANARY} }`)),
    'partners/acme.yaml:16:48 connection.method',
  ],
  [
    'a key of the gateway',
    { 'gateway.yaml': `${GATEWAY}keys: { index: ${CANARY} }\n` },
    'gateway.yaml:3:16 keys.index',
  ],
  [
    'a key of the gateway under env',
    { 'gateway.yaml': `${GATEWAY}keys: { index: { env: "${CANARY}=" } }\n` },
    'gateway.yaml:3:16 keys.index',
  ],
  [
    'a write key of no form',
    { 'apps.yaml': edit(APPS, 'live-key-0001', `"${CANARY} "`) },
    'apps.yaml:4:18 apps[0].write_keys[0]',
  ],
  [
    'a write key twice',
    { 'apps.yaml': edit(APPS, 'live-key-0001', `${CANARY}, ${CANARY}`) },
    'apps.yaml:4:36 apps[0].write_keys[1]',
  ],
  ['write keys as a map', { 'apps.yaml': edit(APPS, '[live-key-0001]', CANARY) }, 'apps.yaml:4:17 apps[0].write_keys'],
  [
    'a password in a key set’s address',
    {
      'apps.yaml': edit(
        APPS,
        '    name: Shop\n',
        `    name: Shop\n    users: { jwks: "https://u:${CANARY}@id.example/", issuer: i, audience: a }\n`,
      ),
    },
    'apps.yaml:4:20 apps[0].users.jwks',
  ],
  ['text that is no YAML', acme(meta(`{ dataset: "1", token: *${CANARY} }`)), 'partners/acme.yaml:16:36'],
  ['an unclosed quote', acme(meta(`{ dataset: "1", token: "${CANARY} }`)), 'partners/acme.yaml:17:1'],
  ['a tag', acme(meta(`{ dataset: "1", token: !${CANARY} x }`)), 'partners/acme.yaml:16:36'],
  ['a bad escape', acme(meta(`{ dataset: "1", token: "\\q${CANARY}" }`)), 'partners/acme.yaml:16:37'],
  [
    'a long text in the policy',
    { 'policy.yaml': edit(POLICY, 'default_regime: strict', `default_regime: "${CANARY} ${CANARY} ${CANARY}"`) },
    'policy.yaml:2:17 default_regime',
  ],
]

describe('configuration: a secret in the wrong place', () => {
  for (const [name, files, where] of PLACES) {
    test(`${name} is a problem at its place, and nothing of it is printed`, async () => {
      await withFolder({ ...FILES, ...files }, async (folder) => {
        assert.match(await readFile(join(folder, Object.keys(files)[0]!), 'utf8'), new RegExp(CANARY))
        const { ok, text, json } = await reportOn(folder, TYPES, NOW)
        assert.equal(ok, false)
        assert.ok(text.includes(`${where}`), `expected a problem at ${where}, got:\n${text}`)
        assert.ok(!text.includes(CANARY), text)
        assert.ok(!JSON.stringify(json).includes(CANARY), JSON.stringify(json))
      })
    })
  }

  test('a plain header may stand in clear, a reference may stand in a secret’s place', async () => {
    const result = await load({
      ...FILES,
      ...acme(
        hook(
          '{ url: https://a.example/, headers: { X-Source: sluice, Authorization: { prefix: "Bearer ", env: ACME } }, signature: { header: X-Sig, key: { file: /run/secrets/acme } } }',
        ),
      ),
    })
    assert.deepEqual(result.ok ? [] : result.problems, [])
  })
})
