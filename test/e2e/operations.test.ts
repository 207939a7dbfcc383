/** Operations: health, metrics, accounting, simulate, reload, graceful stop and the demo. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startGateway } from '../../src/gateway/gateway.ts'
import { webhookContract } from '../support/config-folder.ts'
import { houseOf, purchase, startHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const get = async (url: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(url)
  return { status: response.status, text: await response.text() }
}

describe('operations', () => {
  test('health, readiness and metrics say what happened, in numbers only', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    await house.send([purchase(), purchase({ userId: 'a-name-to-look-for' }), { type: 'track', event: 'x' }])
    await house.settled()
    equal(partners[0]!.items().length, 2)
    deepEqual(await get(`${house.gateway.controlUrl}/healthz`), { status: 200, text: '{"ok":true}' })
    equal((await get(`${house.gateway.controlUrl}/readyz`)).status, 200)
    const { text } = await get(`${house.gateway.controlUrl}/metrics`)
    for (const line of [
      'sluice_events_accepted_total{app="messenger-ios"} 2',
      'sluice_events_rejected_total{app="messenger-ios",code="EVENT_NO_ID"} 1',
      'sluice_deliveries_total{partner="acme",outcome="delivered"} 2',
      'sluice_pairs_pending{partner="acme"} 0',
      'sluice_fields_decided_total{partner="acme",field="ip",treatment="24/48",reason="generalised"} 2',
      'sluice_revision 1',
    ]) {
      ok(text.includes(line), line)
    }
    match(text, /sluice_ledger_commit_seconds_count [1-9]/)
    ok(!text.includes('a-name-to-look-for'))
  })

  test('accounting closes and counts every end', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [
        webhookContract('acme', partner!.origin, {
          limits: { per_second: 1_000, concurrency: 1, timeout_ms: 20_000, batch: 1, linger_ms: 0 },
        }),
      ],
    }))
    partners[0]!.answer = { status: 400, body: 'no' }
    const twice = purchase()
    await house.send([twice, twice, purchase({}, { location: { country: 'DE' } })])
    await house.settled()
    const { body } = await house.staff('GET', '/api/v1/accounting')
    deepEqual(body.events, { received: 3, accepted: 2, rejected: 0, duplicate: 1, closes: true })
    deepEqual(
      [body.pairs.acme.routed, body.pairs.acme.settled.dead, body.pairs.acme.withheldBy.consent_missing, body.closes],
      [2, 1, 1, true],
    )
    // An end is listed a moment after it is counted.
    const listed = (count: number) =>
      until(`${count} dead letters to be listed`, async () => {
        const answer = await house.staff('GET', '/api/v1/dead-letters')
        return answer.body.items.length === count ? answer : undefined
      })
    const letters = await listed(1)
    deepEqual([letters.body.items.length, letters.body.items[0].partner], [1, 'acme'])
    partners[0]!.answer = { status: 400, body: 'no' }
    await house.send(Array.from({ length: 6 }, () => purchase()))
    await house.settled()
    await listed(7)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body: page } = await house.staff('GET', `/api/v1/dead-letters?limit=3${cursor}`)
      seen.push(...page.items.map(({ position }: { position: string }) => position))
      cursor = page.next === undefined ? '' : `&cursor=${page.next}`
    } while (cursor !== '')
    deepEqual([seen.length, new Set(seen).size], [7, 7])
    equal((await house.staff('GET', '/api/v1/dead-letters?cursor=bm90LW91cnM')).body.code, 'ERR_CURSOR')
    partners[0]!.answer = { status: 200, body: 'OK' }
    const letter = letters.body.items[0].id
    equal((await house.staff('POST', `/api/v1/dead-letters/${letter}/retry`)).status, 200)
    await house.settled()
    const { body: after } = await house.staff('GET', '/api/v1/accounting')
    deepEqual([after.pairs.acme.settled.delivered, after.pairs.acme.settled.dead, after.closes], [1, 6, true])
    equal((await house.staff('POST', `/api/v1/dead-letters/${letter}/retry`)).status, 404)
  })

  test('the simulator says byte for byte what delivery sends, why, and sends nothing', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    const event = purchase()
    const { body } = await house.staff('POST', '/api/v1/simulate', { app: 'messenger-ios', event })
    equal(partners[0]!.received.length, 0)
    const [simulated] = body.partners
    deepEqual(
      [simulated.partner, simulated.result, simulated.fields.ip.treatment, simulated.fields.ip.why],
      ['acme', 'item', '24/48', 'generalised'],
    )
    await house.send([event])
    await house.settled()
    equal(partners[0]!.received[0]?.body, simulated.request.body)
    const optedOut = await house.staff('POST', '/api/v1/simulate', {
      app: 'messenger-ios',
      event,
      state: { choice: 'opted_out' },
      partner: 'acme',
    })
    equal(optedOut.body.partners[0].why, 'choice')
    equal(optedOut.body.partners[0].view.advertising_id, undefined)
    for (const [bad, code] of [
      [{ app: 'nobody', event }, 'ERR_SIMULATE_INVALID'],
      [{ app: 'messenger-ios' }, 'ERR_REQUEST_INVALID'],
      [{ app: 'messenger-ios', event: { type: 'track' } }, 'ERR_SIMULATE_INVALID'],
    ] as const) {
      equal((await house.staff('POST', '/api/v1/simulate', bad)).body.code, code)
    }
  })

  test('a bad file changes nothing; a good one is live when the reload returns', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    await appendFile(join(house.folder.config, 'partners', 'acme.yaml'), 'sharee: { email: pass }\n')
    const refused = await house.staff('POST', '/api/v1/reload')
    deepEqual([refused.status, refused.body.code], [422, 'ERR_CONFIG_INVALID'])
    match(refused.body.problems[0], /acme\.yaml:\d+:\d+ sharee.*Did you mean share/)
    await house.send([purchase()])
    await house.settled()
    ok(partners[0]!.items()[0]?.advertising_id !== undefined)
    await house.folder.write({
      contracts: [
        webhookContract('acme', partners[0]!.origin, {
          share: { message_id: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
      ],
    })
    deepEqual((await house.staff('POST', '/api/v1/reload')).body, { ok: true, revision: 2, changed: true })
    await house.send([purchase()])
    await house.settled()
    equal(partners[0]!.items()[1]?.advertising_id, undefined)
  })

  test('a narrower contract reaches what was accepted under the wider one; a wider one does not', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin, { share: { message_id: 'pass', os: 'pass' } })],
    }))
    await partners[0]!.goDown()
    const early = purchase()
    await house.send([early])
    await house.folder.write({
      contracts: [
        webhookContract('acme', partners[0]!.origin, {
          share: { message_id: 'pass', advertising_id: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
      ],
    })
    equal((await house.gateway.reload()).ok, true)
    await partners[0]!.comeBack()
    await house.settled()
    const [item] = partners[0]!.items()
    deepEqual([item?.message_id, item?.advertising_id, item?.device], [early.messageId, undefined, undefined])
  })

  test('a stop loses nothing: what was acknowledged is delivered after the next start, once', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    await partners[0]!.goDown()
    const events = Array.from({ length: 40 }, () => purchase())
    equal((await house.send(events)).status, 200)
    await house.gateway.stop()
    await partners[0]!.comeBack()
    const again = await startGateway({ configFolder: house.folder.config })
    await houseOf(again, house.folder).settled()
    await again.stop()
    deepEqual(
      partners[0]!
        .items()
        .map(({ message_id }) => message_id)
        .toSorted(),
      events.map(({ messageId }) => messageId).toSorted(),
    )
  })

  test('two gateways do not share a data folder', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    await startGateway({ configFolder: house.folder.config }).then(
      () => ok(false, 'a second gateway started'),
      (error: Error) => match(error.message, /another Sluice process uses this data folder/),
    )
  })

  test('partners that answer 503 are asked again; Retry-After is honoured as a lower bound', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    partners[0]!.answer = { status: 503, body: 'later', headers: { 'retry-after': '1' } }
    const from = Date.now()
    await house.send([purchase()])
    await until('the first refusal', () => partners[0]!.received.length === 1)
    partners[0]!.answer = { status: 200, body: 'OK' }
    await house.settled()
    ok(Date.now() - from >= 1_000)
    equal((await house.gateway.totals()).pairs.acme?.settled.delivered, 1)
  })
})

describe('npm run demo -- --once --json', () => {
  test('makes one pass, closes both sums, verifies the ledger and exits 0', async () => {
    const child = spawn(process.execPath, ['bin/sluice.js', 'demo', '--once', '--json'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    const code = await new Promise((resolve) => child.once('exit', resolve))
    const books = JSON.parse(output)
    equal(code, 0)
    equal(books.received, books.accepted + books.rejected + books.duplicate)
    equal(
      books.routed,
      books.delivered + books.withheld + books.expired + books.dead + books.erased + books.unresolved + books.pending,
    )
    equal(
      Object.values(books.reasons as Record<string, number>).reduce((sum, count) => sum + count, 0),
      books.withheld,
    )
    ok(books.delivered > 0 && books.withheld > 0 && books.rejected > 0 && books.duplicate > 0)
    for (const why of ['choice', 'child', 'consent_missing', 'signal_invalid', 'gpc', 'att'])
      ok(books.reasons[why] > 0, why)
    deepEqual([books.pending, books.ledger.verified], [0, true])
  })
})
