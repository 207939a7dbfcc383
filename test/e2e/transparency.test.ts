/** The transparency report over real sockets: as a page in people's languages, as JSON, and where it is linked from. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { releasedFiles } from '../../src/gateway/released-files.ts'
import { webhookContract } from '../support/config-folder.ts'
import { startHouse } from '../support/house.ts'
import { visitor } from '../support/pages.ts'

const COUNTS = { opt_outs: 1_230, erasures: 'fewer than the minimum', notices: 'none' }
const TABLE = {
  ...{ month: '2026-10', released: '2026-11-02', minimum: 100, report: COUNTS },
  cells: [{ partner: 'acme', app: 'messenger-ios', law: 'us-ca', people: 150, disclosures: 300 }],
}

test('the report is a page in the reader’s language and JSON, and /partners leads to it', async (t) => {
  const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
  const { get } = visitor(house.gateway.dataUrl)
  const html = { accept: 'text/html,*/*;q=0.8' }
  match((await get('/transparency', html)).text, /No month is complete yet\./)
  await releasedFiles(house.folder.data).write('2026-10', JSON.stringify(TABLE))

  const json = await get('/transparency.json')
  equal(json.headers['content-type'], 'application/json; charset=utf-8')
  deepEqual(JSON.parse(json.text), { minimum: 100, months: [{ month: '2026-10', counts: COUNTS }] })
  equal((await get('/transparency', { accept: 'application/json' })).text, json.text)

  const english = await get('/transparency', html)
  deepEqual(
    [english.status, english.headers['content-type'], english.headers.vary],
    [200, 'text/html; charset=utf-8', 'Accept, Accept-Language'],
  )
  match(String(english.headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-[\w+/=]+';/)
  match(english.text, /<html lang="en" dir="ltr">/)
  match(english.text, /<h1>Transparency report<\/h1>/)
  match(english.text, /<h2 id="m2026-10">October 2026<\/h2>/)
  match(english.text, /<dt>Opt-outs<\/dt><dd>1,230<\/dd>/)
  match(english.text, /<dt>Deletions<\/dt><dd>fewer than 100<\/dd>/)
  match(english.text, /<link rel="alternate" type="application\/json" href="\/transparency\.json">/)
  ok(!/<script|<img|\son\w+=|src=|acme|noindex/i.test(english.text))

  for (const spanish of [
    await get('/transparency?lang=es', html),
    await get('/transparency', { ...html, 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' }),
  ]) {
    match(spanish.text, /<html lang="es" dir="ltr">/)
    match(spanish.text, /<h1>Informe de transparencia<\/h1>/)
    match(spanish.text, /<dt>Oposiciones<\/dt><dd>1230<\/dd>/)
  }
  match((await get('/partners', html)).text, /<a href="\/transparency">Transparency report<\/a>/)
  equal((await get('/transparency', { ...html, 'if-none-match': String(english.headers.etag) })).status, 304)
})
