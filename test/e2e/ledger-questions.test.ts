/** Questions to the ledger over the ops API: lists, exports, counts, and one disclosure explained. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof } from '../../src/ledger/verify/proof.ts'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { ranSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

async function twoPartners(t: Parameters<typeof startHouse>[0]): Promise<House> {
  const { house } = await startHouse(
    t,
    ([a, b]) => ({ contracts: [webhookContract('acme', a!.origin), webhookContract('binary', b!.origin)] }),
    2,
  )
  return house
}

describe('questions to the ledger', () => {
  test('lists go on page by page, exports give all of it, and neither names a person', async (t) => {
    const house = await twoPartners(t)
    await house.send(Array.from({ length: 25 }, () => purchase({ userId: 'a-name-to-look-for' })))
    await house.send([purchase({}, { location: { country: 'DE' } })])
    await house.settled()
    const seen: number[] = []
    for (let path = '/api/v1/disclosures?partner=acme&limit=10'; path !== ''; ) {
      const { status, body } = await house.staff('GET', path)
      equal(status, 200)
      ok(!JSON.stringify(body).includes('a-name-to-look-for'))
      for (const item of body.items)
        deepEqual([item.kind, item.partner, item.outcome.kind], ['intent', 'acme', 'delivered'])
      seen.push(...body.items.map(({ seq }: { seq: number }) => seq))
      path = body.next === undefined ? '' : `/api/v1/disclosures?partner=acme&limit=10&cursor=${body.next}`
    }
    equal(new Set(seen).size, 25)
    const lines = await exported(house, 'partner=acme')
    equal(lines.trimEnd().split('\n').length, 25)
    const csv = await exported(house, 'kind=withheld&format=csv')
    const why = csv.split('\r\n').map((line) => line.split(',')[8])
    deepEqual(why, ['why', 'consent_missing', 'consent_missing', undefined])
    equal((await house.staff('GET', '/api/v1/disclosures?cursor=nonsense')).status, 422)
    equal((await house.staff('GET', '/api/v1/disclosures?field=shoe_size')).status, 422)
    equal((await house.staff('GET', '/api/v1/disclosures?reason=consent_missing&kind=withheld')).body.items.length, 2)
  })

  test('counts say who received a field, and how many people it was about', async (t) => {
    const house = await twoPartners(t)
    await house.send([purchase({ userId: 'u-1' }), purchase({ userId: 'u-1' }), purchase({ userId: 'u-2' })])
    await house.settled()
    const counted = async (query: string) => (await house.staff('GET', `/api/v1/aggregates?${query}`)).body.groups
    deepEqual(await counted('field=ip&by=partner,treatment&people=true'), [
      { partner: 'acme', treatment: '24/48', count: 3, people: 2 },
      { partner: 'binary', treatment: '24/48', count: 3, people: 2 },
    ])
    deepEqual(await counted('field=ip&by=partner&to=2020-01-01'), [])
    const record = await counted('')
    deepEqual(Object.keys(record[0]), ['partner', 'field', 'treatment', 'purpose', 'country', 'count'])
    equal((await house.staff('GET', '/api/v1/aggregates?by=day&people=true')).status, 422)
    const csv = (await house.staff('GET', '/api/v1/aggregates/export?by=partner&format=csv')).body
    equal(csv, 'partner,count\r\nacme,3\r\nbinary,3\r\n')
    // The command reads the files beside the running gateway, and says the same.
    const aggregate = (...flags: string[]) => ranSluice(['aggregate', '--data', house.folder.data, ...flags])
    equal((await aggregate('--by', 'partner', '--people')).out, 'partner,count,people\r\nacme,3,2\r\nbinary,3,2\r\n')
    deepEqual(JSON.parse((await aggregate('--by', 'field', '--field', 'ip', '--json')).out), { field: 'ip', count: 6 })
    equal((await aggregate('--by', 'shoe_size')).code, 1)
  })

  test('a disclosure is explained down to the contract’s line, and deciding it again today gives the same', async (t) => {
    const house = await twoPartners(t)
    await house.send([purchase()])
    await house.settled()
    const { items } = (await house.staff('GET', '/api/v1/disclosures?partner=acme')).body
    const { body, status } = await house.staff('GET', `/api/v1/ledger/records/${items[0].id}/explanation`)
    equal(status, 200, JSON.stringify(body))
    deepEqual([body.again.same, body.again.differences], [true, []])
    deepEqual([body.record.seq, body.outcome.kind, body.rule.why], [items[0].seq, 'delivered', 'agreed'])
    deepEqual([body.revision.number, body.revision.isThatOfTheRecord, body.acceptedRevision.number], [1, true, 1])
    const yaml = (await readFile(join(house.folder.config, 'partners', 'acme.yaml'), 'utf8')).split('\n')
    const plan = JSON.parse(await readFile(join(house.folder.data, 'revisions', '000001.json'), 'utf8'))
    const ip = body.fields.find(({ field }: { field: string }) => field === 'ip')
    deepEqual([ip.treatment, ip.why], ['24/48', 'generalised'])
    equal(ip.line.file, 'partners/acme.yaml')
    match(yaml[ip.line.lineNumber - 1]!, /ip/)
    const pointed = (ip.line.pointer as string)
      .split('/')
      .slice(1)
      .reduce((at, key) => at[key], plan)
    equal(pointed, 24 * 256 + 48)

    const proof = await until('a checkpoint of the record', async () => {
      const found = await house.staff('GET', `/api/v1/ledger/records/${items[0].id}/proof`)
      return found.status === 200 ? String(found.body) : undefined
    })
    const { trust } = (await house.staff('GET', '/api/v1/ledger/checkpoint')).body
    const checked = checkTlogProof(proof, parseTrust(trust.join('\n')))
    deepEqual([checked.state, checked.state === 'valid' && checked.index], ['valid', items[0].seq])
  })
})

async function exported(house: House, query: string): Promise<string> {
  const token = (await readFile(join(house.folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${house.gateway.controlUrl}/api/v1/disclosures/export?${query}`, { headers })).text()
}
