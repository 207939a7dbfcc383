/** Packs for a regulator: what is in them, that a stranger can verify them from the documentation alone, and who may have them. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { drawn, Refused, trustedKeys, verifyPack } from '../../docs/verifier/verify.mjs'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { sharedContext } from '../support/shared.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const ANN = '6D92078A-8246-4BA4-AE5B-AAAAAAAAAAA1'
const BEN = '6D92078A-8246-4BA4-AE5B-AAAAAAAAAAA2'
const FAR = '2100-01-01T00:00:00.000Z'
// biome-ignore lint/suspicious/noExplicitAny: tests look into lines of several shapes
type Line = any

let house: House
let trust: string
let from: string
const context = sharedContext()
before(async () => {
  const started = await startHouse(
    context,
    ([acme, bolt]) => ({ contracts: [webhookContract('acme', acme!.origin), webhookContract('bolt', bolt!.origin)] }),
    2,
  )
  house = started.house
  from = new Date(Date.now() - 1_000).toISOString()
  const device = (advertisingId: string) => ({ device: { type: 'ios', advertisingId, attTrackingStatus: 3 } })
  await house.send([
    purchase({ userId: 'ann' }, device(ANN)),
    purchase({ userId: 'ann' }, device(ANN)),
    purchase({ userId: 'ben' }, device(BEN)),
    purchase({ userId: 'cy@mail.example' }),
  ])
  await house.settled()
  const size = (await house.staff('GET', '/api/v1/disclosures?limit=1000')).body.items.length
  await until('a checkpoint over all of it', async () => {
    const note = String((await house.call('GET', '/ledger/checkpoint')).body)
    return Number(note.split('\n')[1]) >= size
  })
  trust = String((await house.call('GET', '/ledger/trust')).body)
})

const at = (): readonly string[] => [
  '--control',
  house.gateway.controlUrl,
  '--token-file',
  join(house.folder.data, 'keys', 'staff.token'),
]
let files = 0
async function pack(...args: readonly string[]): Promise<readonly string[]> {
  const out = join(house.folder.root, `pack-${++files}`)
  const { code, err } = await sluice(['pack', ...args, '--out', out, ...at()])
  equal(code, 0, err)
  equal((await stat(out)).mode & 0o077, 0, 'for its owner alone')
  return (await readFile(out, 'utf8')).trimEnd().split('\n')
}
const breach = (partner = 'acme') => pack('breach', '--partner', partner, '--from', from, '--to', FAR)
const sample = (wanted: number, seed = 'a seed', ...more: string[]) =>
  pack('sample', String(wanted), '--seed', seed, ...more)
const verified = (lines: readonly string[], asked = {}) => verifyPack(lines, trustedKeys(trust), asked)
const parsed = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line))

describe('a breach pack', () => {
  test('has every disclosure to the partner, each person as a handle, and verifies', async () => {
    const lines = await breach()
    match(
      await verified(lines),
      /^The pack is good: 4 disclosures to acme between .* to 3 people; 0 are tied to nobody\./,
    )
    const [head, ...rest] = parsed(lines)
    const people = rest.filter(({ person }) => person !== undefined)
    deepEqual(people.map(({ disclosures }) => disclosures).toSorted(), [1, 1, 2])
    deepEqual(people[0].fields.advertising_id, ['pass'])
    deepEqual(people[0].laws, ['us'])
    // Too long, or too odd, to stand in a proof by chance.
    for (const named of ['"ann"', 'cy@mail.example', ANN]) ok(!lines.join().includes(named), named)
    const twice = people.find(({ disclosures }) => disclosures === 2)
    const { body } = await house.staff('GET', `/api/v1/subjects/${twice.person}/disclosures`)
    equal(body.disclosures.length, 4, 'two at each partner')
    match(head.notice.en, /Notice of a data breach at Partner acme/)
    match(head.notice.es, /violación de seguridad de datos en Partner acme/)
  })

  test('of a time without any is empty, and verifies', async () => {
    const lines = await pack('breach', '--partner', 'acme', '--from', '2020-01-01', '--to', '2020-02-01')
    match(await verified(lines), /: 0 disclosures to acme/)
  })

  const forgeries: [string, (lines: string[]) => string[], RegExp][] = [
    ['a line left out', (lines) => lines.toSpliced(2, 1), /signature is of another pack/],
    ['a line twice', (lines) => lines.toSpliced(2, 0, lines[2]!), /twice|order/],
    ['two lines in another order', (lines) => lines.with(1, lines[2]!).with(2, lines[1]!), /order/],
    ['no end', (lines) => lines.slice(0, -1), /cut off/],
    ['something behind the end', (lines) => [...lines, lines[1]!], /follows the end/],
    ['another word', (lines) => lines.with(1, lines[1]!.replace('"law":"us"', '"law":"eu"')), /words of record/],
    ['a changed byte', (lines) => lines.with(1, turned(lines[1]!)), /does not lead|malformed/],
    ['the proof of its neighbour', (lines) => lines.with(1, withOther(lines, 'proof')), /does not lead/],
    ['the record of its neighbour', (lines) => lines.with(1, withOther(lines, 'leaf')), /does not lead/],
    ['the outcome of its neighbour', (lines) => lines.with(1, withOther(lines, 'outcome')), /outcome .*another one’s/],
    [
      'one person less',
      (lines) =>
        lines.toSpliced(
          lines.findIndex((line) => line.includes('"person"')),
          1,
        ),
      /signature is of/,
    ],
    ['other counts', (lines) => lines.with(-1, lines.at(-1)!.replace('"people":3', '"people":2')), /counts at the end/],
    [
      'another partner’s name',
      (lines) => lines.with(0, lines[0]!.replace('"partner":"acme"', '"partner":"bolt"')),
      /no disclosure to bolt/,
    ],
    [
      'another checkpoint',
      (lines) => lines.with(0, lines[0]!.replace(/(\\n)(\d+)(\\n)/, '$11$2$3')),
      /signature of the checkpoint/,
    ],
    ['nothing', () => [], /empty/],
    ['no JSON', () => ['{'], /no JSON/],
  ]
  for (const [what, forge, why] of forgeries)
    test(`with ${what} is refused`, async () => {
      const forged = forge([...(await breach())])
      await rejects(verified(forged), (error) => error instanceof Refused && why.test(error.message))
    })

  test('of another ledger is refused, and so is one signed by nobody whom one trusts', async () => {
    const lines = await breach()
    await rejects(verifyPack(lines, []), /signed by no key that you trust/)
  })
})

function turned(line: string): string {
  const value = JSON.parse(line)
  const bytes = Buffer.from(value.leaf, 'base64')
  bytes[bytes.length - 1]! ^= 1
  return JSON.stringify({ ...value, leaf: bytes.toString('base64') })
}
function withOther(lines: readonly string[], name: string): string {
  const [, one, other] = parsed(lines.slice(0, 3))
  return JSON.stringify({ ...one, [name]: other[name] })
}

describe('the company’s own file', () => {
  test('is matched line by line, summed up by its countries and by law, and kept nowhere', async () => {
    const file = join(house.folder.root, 'people.csv')
    const rows = [
      'kind,value,country',
      'user,ann,DE',
      `advertising_id,${BEN},FR`,
      'user,nobody-here,DE',
      'user,null,DE',
      'shoe,1,DE',
    ]
    await writeFile(file, rows.join('\n'))
    const lines = parsed(await pack('breach', '--partner', 'acme', '--from', from, '--to', FAR, '--identities', file))
    deepEqual(
      lines.slice(0, -1).map(({ line, disclosures, problem }) => [line, disclosures, problem !== undefined]),
      [
        [2, 2, false],
        [3, 1, false],
        [5, undefined, true],
        [6, undefined, true],
      ],
    )
    const { summary } = lines.at(-1)
    deepEqual(
      [summary.lines, summary.people, summary.disclosures, summary.refused, summary.countries],
      [5, 2, 3, 2, { DE: { people: 1, disclosures: 2 }, FR: { people: 1, disclosures: 1 } }],
    )
    equal(summary.laws.us['advertising_id=pass'], 2)
    for (const entry of await readdir(house.folder.data, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const bytes = await readFile(join(entry.parentPath, entry.name))
      ok(!bytes.includes('nobody-here') && !bytes.includes('shoe,1'), entry.name)
    }
  })

  const matched = async (file: Uint8Array<ArrayBuffer>): Promise<readonly Line[]> => {
    const token = await readFile(join(house.folder.data, 'keys', 'staff.token'), 'utf8')
    const answer = await fetch(
      `${house.gateway.controlUrl}/api/v1/packs/breach/match?${new URLSearchParams({ partner: 'acme', from, to: FAR })}`,
      { method: 'POST', headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'text/csv' }, body: file },
    )
    equal(answer.status, 200)
    return parsed((await answer.text()).trimEnd().split('\n'))
  }
  const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le')
  const bare = BEN.toLowerCase().replaceAll('-', '')
  const exported: [string, string | Buffer][] = [
    [
      'a spreadsheet in German',
      `\uFEFF"Kind";"Value";"Country"\r\n"user";"ann";"de"\r\n"advertising_id";"${BEN}";"FR"\r\n`,
    ],
    [
      'a spreadsheet that names its separator',
      `sep=;\r\nkind;value;country\r\nuser;ann;DE\r\nadvertising_id;${bare};FR\r\n`,
    ],
    ['Unicode text', utf16(`kind\tvalue\tcountry\r\nuser\tann\tDE\r\nadvertising_id\t${BEN}\tFR\r\n`)],
    ['lines that end as on old Macs', `kind,value,country\ruser,ann,DE\radvertising_id,${BEN},FR\r`],
    ['more columns, in another order', `id,country,value,kind\n1,DE,ann,user\n2,FR,${BEN},advertising_id\n`],
    ['a column for each kind', `user,advertising_id,country\nann,${ANN},DE\n,${BEN},FR\n`],
    [
      'a column for each kind, half of it unset',
      `user,advertising_id,country\nann,00000000-0000-0000-0000-000000000000,DE\n,{${BEN}},FR\n`,
    ],
    ['ids that are kept from being numbers', `kind,value,country\nuser,="ann",DE\nadvertising_id,"=""${BEN}""",FR\n`],
  ]
  for (const [what, text] of exported)
    test(`${what}: the same people are found`, async () => {
      const lines = await matched(Buffer.from(text))
      const { people, disclosures, refused, countries } = lines.at(-1).summary
      deepEqual([people, disclosures, refused, Object.keys(countries)], [2, 3, 0, ['DE', 'FR']])
    })

  test('what a program spoilt is a problem of its line, never somebody who is not concerned', async () => {
    const rows = ['user,4.91512E+12,DE', 'user,Smith, ann,DE', 'user,"ann,DE', 'user,J\xfcrgen,DE', 'user,ann,DE']
    const lines = await matched(Buffer.from(['kind,value,country', ...rows].join('\n'), 'latin1'))
    deepEqual(
      lines.slice(0, -1).map(({ line, problem }) => [line, problem !== undefined]),
      [
        [2, true],
        [3, true],
        [4, true],
        [5, true],
        [6, false],
      ],
    )
  })

  test('without its columns is refused, with what it needs', async () => {
    const file = join(house.folder.root, 'no-columns.csv')
    await writeFile(file, 'ann\nben\n')
    const out = join(house.folder.root, 'none')
    const { code, err } = await sluice([
      'pack',
      'breach',
      '--partner',
      'acme',
      '--from',
      from,
      '--to',
      FAR,
      '--identities',
      file,
      '--out',
      out,
      ...at(),
    ])
    equal(code, 1)
    match(err, /ERR_REQUEST_INVALID/)
    match(err, /columns kind and value, or some of user/)
    await rejects(stat(out))
  })
})

describe('a sample', () => {
  test('shows what seed and root draw, in that order, and verifies', async () => {
    const lines = await sample(3)
    match(await verified(lines, { seed: 'a seed' }), /^The sample is good: 3 disclosures among \d+ records/)
    const [head, first] = parsed(lines)
    equal(first.record, drawn(head.checkpoint.split('\n')[2], 'a seed', 0, head.floor, head.size))
  })

  test('is drawn from the tree that whoever asks remembers', async () => {
    const seen = join(house.folder.root, 'seen')
    const note = String((await house.call('GET', '/ledger/checkpoint')).body)
    await writeFile(seen, note)
    await house.send([purchase({ userId: 'dee' })])
    await house.settled()
    const lines = await sample(2, 'mine', '--checkpoint', seen)
    await verified(lines, { seed: 'mine', checkpoint: note })
    await rejects(verified(lines, { seed: 'another' }), /another seed/)
    await until('a newer checkpoint', async () => String((await house.call('GET', '/ledger/checkpoint')).body) !== note)
    await rejects(verified(await sample(2, 'mine'), { checkpoint: note }), /another tree/)
  })

  test('that asks for more than there is shows every record', async () => {
    const lines = await sample(1_000)
    const [head] = parsed(lines)
    ok(lines.length - 2 <= head.size)
    match(await verified(lines), /disclosures among/)
  })

  test('with a record left out, exchanged, or ended early is refused', async () => {
    const lines = [...(await sample(3))]
    await rejects(verified(lines.toSpliced(1, 1)), /was drawn, and the pack shows/)
    await rejects(verified(lines.with(1, lines[2]!)), /was drawn, and the pack shows/)
    await rejects(verified(lines.toSpliced(lines.length - 2, 1)), /complete|signature is of/)
    await rejects(verified(lines.with(0, lines[0]!.replace('"seed":"a seed"', '"seed":"b seed"'))), /was drawn/)
    await rejects(
      verified(lines.with(0, lines[0]!.replace('"wanted":3', '"wanted":2'))),
      /was not drawn|signature is of/,
    )
  })
})

describe('the record of processing activities', () => {
  test('names each partner with data, purposes, countries, ground and time limits, in three forms', async () => {
    const markdown = (await pack('processing')).join('\n')
    match(markdown, /^# Record of processing activities \(GDPR Art\. 30\(1\)\)/)
    match(
      markdown,
      /\| Partner acme \(third party\) \| measurement \|.*advertising_id \(pass\).*\| US \| \[none named\]/,
    )
    match(markdown, /The ledger of disclosures, which holds no value: 25 months/)
    const html = (await pack('processing', '--format', 'html')).join('\n')
    match(html, /<td>Partner bolt \(third party\)<\/td>/)
    const { activities, revision } = JSON.parse((await pack('processing', '--format', 'json')).join('\n'))
    deepEqual(
      [activities.map(({ recipient }: { recipient: string }) => recipient), revision],
      [['Partner acme', 'Partner bolt'], house.gateway.revision().number],
    )
  })
})
