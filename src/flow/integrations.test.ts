/** What an event's own `integrations` switch off is withheld from that partner alone, and from no other. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { contract } from '../../test/support/builders.ts'
import { runCore } from '../../test/support/gateway-core.ts'
import { CONNECTIONS } from '../../test/support/partner-settings.ts'
import type { JsonObject, PartnerId } from '../model/brand.ts'
import { topOf } from '../model/field-class.ts'

const share = { user_id: topOf('user_id'), message_id: topOf('message_id') }
const contracts = ['wh', 'px'].map((id) =>
  contract({
    id: id as PartnerId,
    name: `The ${id} Company`,
    type: 'webhook',
    purposes: ['measurement'],
    events: { E: { as: 'x', properties: {} } },
    share,
    connection: CONNECTIONS.webhook!,
  }),
)
const outcomes = (member: JsonObject): Record<string, string> => {
  const event = { type: 'track', event: 'E', userId: 'u-1', messageId: 'm-1', ...member }
  const { prepared } = runCore({
    contracts,
    event: { ...event, context: { location: { country: 'US', region: 'TX' } } },
  })
  return Object.fromEntries([...prepared].map(([id, one]) => [id, one.kind === 'item' ? 'sent' : one.why]))
}

test('an event goes where it is not switched off, and the reason is told', () => {
  deepEqual(outcomes({}), { wh: 'sent', px: 'sent' })
  deepEqual(outcomes({ integrations: { All: true } }), { wh: 'sent', px: 'sent' })
  deepEqual(outcomes({ integrations: { px: false } }), { wh: 'sent', px: 'integrations' })
  deepEqual(outcomes({ integrations: { 'the PX company': false } }), { wh: 'sent', px: 'integrations' })
  deepEqual(outcomes({ integrations: { All: false, wh: true } }), { wh: 'sent', px: 'integrations' })
  deepEqual(outcomes({ integrations: { webhook: false } }), { wh: 'integrations', px: 'integrations' })
})
