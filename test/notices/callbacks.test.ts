/** What partners report of notices ends them, where it is signed as the contract says, and changes nothing otherwise. */

import { deepEqual, equal } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { purchase } from '../support/house.ts'
import { PROCESSOR_DOMAIN, signatureOf as processorSignature } from '../support/notice-partners/opendsr.ts'
import type { TestPartner } from '../support/partner.ts'
import { GOOD } from '../support/processor-certificates.ts'
import { until } from '../support/until.ts'
import { noticesAt, SECRET, startTelling, toldAt } from './telling.ts'

const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const GATEWAY = { notices: { within_minutes: 0, retry_seconds: 1, callback_url: 'https://gateway.example/' } }

/** Takes our own JSON at /privacy and OpenDSR at /v2/requests, and is done with neither. */
function takesLater(partner: TestPartner): void {
  partner.answerTo = ({ path, body }) => {
    if (path !== '/v2/requests') return { status: 202, body: '{"state":"in_progress"}' }
    const { subject_request_id } = JSON.parse(body) as { subject_request_id: string }
    const receipt = JSON.stringify({ subject_request_id, received_time: '2026-12-01T00:00:00Z' })
    return { status: 201, body: receipt, headers: processorSignature(receipt) }
  }
}

async function start(t: Parameters<typeof startTelling>[0]) {
  const opendsr = {
    identities: { ios_advertising_id: 'raw' },
    processor: { domain: PROCESSOR_DOMAIN, certificates: [GOOD] },
  }
  const share = { advertising_id: 'pass', os: 'pass' }
  const started = await startTelling(t, { gateway: GATEWAY, contracts: [{ share, opendsr }] })
  const { house, partners } = started
  takesLater(partners[0]!)
  await house.send([
    purchase(
      { userId: 'ann' },
      { device: { type: 'ios', advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3 } },
    ),
  ])
  await house.settled()
  const report = async (body: string, headers: Record<string, string>): Promise<number> => {
    const answered = await fetch(`${house.gateway.dataUrl}/v1/notices/acme`, { method: 'POST', body, headers })
    await answered.body?.cancel()
    return answered.status
  }
  const statesOf = async (): Promise<readonly string[]> => {
    const { body } = await house.staff('GET', '/api/v1/notices')
    return body.items.map(
      ({ verb, phase, state }: { verb: string; phase: string; state: string }) => `${verb} ${state || phase}`,
    )
  }
  return { ...started, report, statesOf, partner: partners[0]! }
}

describe('a report of a partner', () => {
  test('by an HMAC of our own JSON ends an opt-out; by a processor’s signature a deletion; each in its own way alone', async (t) => {
    const { house, person, partner, report, statesOf } = await start(t)
    const ann = await person.token('ann')
    equal((await house.call('PUT', '/v1/me/choices', { opt_out: true }, ann)).status, 200)
    await until('the opt-out', () => noticesAt(partner).length === 1)
    const [told] = toldAt(partner)
    equal((told as { callback?: string } | undefined)?.callback, 'https://gateway.example/v1/notices/acme')
    await until('it to be asked after', async () => (await statesOf()).join() === 'opt_out polling')

    const done = JSON.stringify({ notice: told!.notice, state: 'confirmed' })
    const hmac = (text: string, key = SECRET) => ({
      'X-Signature': createHmac('sha256', key).update(text).digest('hex'),
    })
    for (const headers of [{}, hmac(done, 'another secret'), hmac(`${done} `), processorSignature(`${done} `)])
      equal(await report(done, headers), 401)
    deepEqual(await statesOf(), ['opt_out polling'])
    equal(await report(done, hmac(done)), 202)
    equal(await report(done, hmac(done)), 202)
    const other = JSON.stringify({ notice: told!.notice, state: 'refused' })
    // The first report stands.
    equal(await report(other, hmac(other)), 202)
    deepEqual(await statesOf(), ['opt_out confirmed'])

    equal((await house.call('POST', '/v1/me/erasure', { confirm: 'erase' }, ann)).status, 200)
    const asked = await until('the deletion', () => partner.received.find(({ path }) => path === '/v2/requests'))
    const { subject_request_id: id, status_callback_urls } = JSON.parse(asked.body)
    deepEqual(status_callback_urls, ['https://gateway.example/v1/notices/acme'])
    await until('it to be asked after', async () => (await statesOf()).includes('erase polling'))
    const nobody = '00000000-0000-4000-8000-000000000000'
    const unknown = JSON.stringify({ subject_request_id: nobody, request_status: 'completed' })
    equal(await report(unknown, processorSignature(unknown)), 404)
    const forged = JSON.stringify({ subject_request_id: id, request_status: 'completed' })
    equal(await report(forged, processorSignature(unknown)), 401)
    const pending = JSON.stringify({ subject_request_id: id, request_status: 'pending' })
    equal(await report(pending, processorSignature(pending)), 202)
    equal((await statesOf()).includes('erase polling'), true)
    equal(await report(forged, processorSignature(forged)), 202)
    equal((await statesOf()).includes('erase confirmed'), true)
  })
})
