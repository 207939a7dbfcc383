/** The initial configuration files. Legal defaults come with Sluice; the operator fills in the rest. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { jsonSchemas } from '../../contracts/json-schema.ts'

const SHIPPED_POLICY = new URL('../../../config/policy.yaml', import.meta.url)

const GATEWAY = `# yaml-language-server: $schema=./schema/gateway.json
# How this process runs. Every key, its range and its default: docs/config.md. Changes here need a restart.

data_plane: { host: 0.0.0.0, port: 8080 }   # SDKs send here, through your TLS proxy
control: { host: 127.0.0.1, port: 8081 }    # operators; on this machine alone until there is an issuer and TLS
data: ./data                                # intake, ledger, choices, keys, revisions; back it up

trusted_proxies: []                         # whose X-Forwarded-For is believed, such as 10.0.0.0/8

ledger:
  origin: sluice/ledger                     # set it to where it is served, such as sluice.example.com/ledger, before the first start
`

const DEFAULTS = `# yaml-language-server: $schema=./schema/defaults.json
# What contracts have in common. Each says only what is its own: docs/config.md.

limits: { timeout_ms: 5000 }
profiles: {}
`

/** Path → text. @param withKey generates a write key */
export async function firstFiles(
  app: { readonly id: string; readonly name: string },
  withKey: boolean,
): Promise<Readonly<Record<string, string>>> {
  const keys = withKey ? JSON.stringify([randomBytes(16).toString('hex')]) : '[]   # draw one: openssl rand -hex 16'
  const apps = `# yaml-language-server: $schema=./schema/apps.json
# The apps that may send, and their write keys. A write key is in every copy of the app: it names the app, it is no secret.

apps:
  - id: ${app.id}
    name: ${JSON.stringify(app.name)}
    write_keys: ${keys}
`
  const schemas = Object.entries(jsonSchemas()).map(
    ([name, schema]) => [`schema/${name}`, `${JSON.stringify(schema, undefined, 2)}\n`] as const,
  )
  return {
    'gateway.yaml': GATEWAY,
    'policy.yaml': await readFile(SHIPPED_POLICY, 'utf8'),
    'apps.yaml': apps,
    'defaults.yaml': DEFAULTS,
    'partners/.gitkeep': '',
    ...Object.fromEntries(schemas),
  }
}
