/** The shipped configuration, served on free ports, its partners on one test server. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { startPartner, type TestPartner } from './partner.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export interface ShippedGateway {
  readonly gateway: Gateway
  readonly partner: TestPartner
  /** The configuration folder, a copy. */
  readonly config: string
  readonly data: string
  stop(): Promise<void>
}

export async function startShipped(): Promise<ShippedGateway> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-shipped-'))
  const config = join(root, 'config')
  const data = join(root, 'data')
  const partner = await startPartner()
  await cp(join(ROOT, 'config'), config, { recursive: true })
  const gatewayFile = join(config, 'gateway.yaml')
  const document = parseDocument(await readFile(gatewayFile, 'utf8'))
  document.set('data', data)
  document.set('log_level', 'error')
  for (const plane of ['data_plane', 'control']) document.setIn([plane, 'port'], 0)
  await writeFile(gatewayFile, document.toString())
  for (const id of ['acme-analytics', 'northwind', 'appsflyer']) {
    const file = join(config, 'partners', `${id}.yaml`)
    await writeFile(file, (await readFile(file, 'utf8')).replace(/http:\/\/127\.0\.0\.1:\d+/, partner.origin))
  }
  const gateway = await startGateway({ configFolder: config, environment: { APPSFLYER_S2S_KEY: 'key' } })
  return {
    gateway,
    partner,
    config,
    data,
    stop: async () => {
      await gateway.stop()
      await partner.goDown()
      await rm(root, { recursive: true, force: true })
    },
  }
}
