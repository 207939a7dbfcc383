/** One event of an app to one partner, and one opt-out, through a gateway whose entries are noted by `hooks.ts`. */
import { createSecretKey } from 'node:crypto'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConfigFolder, webhookContract } from '../support/config-folder.ts'
import { houseOf, purchase } from '../support/house.ts'
import { startPartner } from '../support/partner.ts'

const ADVERTISING_ID = '6d92078a-8246-4ba4-ae5b-76104861e7dc'
const INDEX_KEY = Buffer.alloc(32, 7)

const { SLUICE_TRACE: trace, SLUICE_TRACE_FORMS: forms } = process.env
if (trace === undefined || forms === undefined) throw new Error('started by rooms.ts')
const { startGateway } = await import('../../src/gateway/gateway.ts')
const { createIdentityKeys } = await import('../../src/choices/identity.ts')

const partner = await startPartner()
const folder = await createConfigFolder({ contracts: [webhookContract('acme', partner.origin)] })
mkdirSync(join(folder.data, 'keys'), { recursive: true })
writeFileSync(join(folder.data, 'keys', 'index.key'), INDEX_KEY.toString('hex'))
const gateway = await startGateway({ configFolder: folder.config })
const house = houseOf(gateway, folder)
const keys = createIdentityKeys(createSecretKey(INDEX_KEY))
const key = keys.keyOf({ kind: 'advertising_id', value: ADVERTISING_ID })
const follow = (...texts: readonly string[]): void => writeFileSync(forms, texts.join('\n'))
try {
  const event = purchase()
  const { device } = event.context as { readonly device: object }
  const context = { ...(event.context as object), device: { ...device, advertisingId: ADVERTISING_ID } }
  follow(ADVERTISING_ID, key)
  const accepted = await house.send([{ ...event, context }])
  await house.settled()
  follow()
  if (accepted.status !== 200 || partner.items().length !== 1) throw new Error('the event did not reach the partner')
  appendFileSync(trace, '--\n')
  follow(ADVERTISING_ID, key)
  const put = await house.call('PUT', '/v1/me/choices', {
    identities: { advertising_id: ADVERTISING_ID },
    opt_out: true,
  })
  follow()
  if (put.status !== 200) throw new Error(`the opt-out was answered with ${put.status}: ${JSON.stringify(put.body)}`)
} finally {
  await gateway.stop()
  await partner.goDown()
  await folder.remove()
}
