/** Colleagues at one gateway, each with a token of an issuer: E edits, A approves, B does both. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestConfig } from '../../support/config-folder.ts'
import { AUDIENCE, ISSUER, type TestIssuer } from '../../support/issuer.ts'
import type { Answer, Call, Served } from './served.ts'
import type { World } from './world.ts'

export type Person = 'E' | 'A' | 'B'
const ROLES: Readonly<Record<Person, readonly string[]>> = { E: ['e'], A: ['a'], B: ['e', 'a'] }

export interface Office {
  readonly gateway: Served
  readonly issuer: TestIssuer
  /** A call of the ops API by one of them, with a fresh token. */
  as(person: Person, path: string, call?: Call): Promise<Answer>
  /** `POST /publish` against what is live. */
  publish(person: Person, body: object): Promise<Answer>
  edit(file: string, change: (text: string) => string): Promise<void>
}

export async function openOffice(world: World, config: TestConfig): Promise<Office> {
  const issuer = await world.issuer()
  const gateway = await world.folder(config)
  const jwks = join(gateway.folder.root, 'jwks.json')
  await issuer.saveJwks(jwks)
  const roles = { viewer: ['e', 'a'], editor: ['e'], approver: ['a'], privacy_officer: ['p'], auditor: ['u'] }
  const control = { host: '127.0.0.1', port: 0, access: { oidc: { issuer: ISSUER, audience: AUDIENCE, jwks, roles } } }
  await gateway.write({ ...config, gateway: { ...config.gateway, control } })
  await gateway.start()
  const as: Office['as'] = async (person, path, { headers, ...call } = {}) => {
    const token = await issuer.token({ subject: person, roles: ROLES[person] })
    return gateway.staff(path, { ...call, headers: { ...headers, authorization: `Bearer ${token}` } })
  }
  return {
    gateway,
    issuer,
    as,
    publish: async (person, body) => {
      const { body: live } = await as(person, '/api/v1/revisions/live')
      const headers = { 'if-match': `"${live.revision}"` }
      return as(person, '/api/v1/publish', { method: 'POST', headers, body })
    },
    edit: async (file, change) => {
      const path = join(gateway.config, file)
      await writeFile(path, change(await readFile(path, 'utf8')))
    },
  }
}
