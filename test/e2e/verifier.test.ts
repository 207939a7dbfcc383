/** docs/verifier/verify.mjs, which was written from the documentation alone, over what a gateway hands out, and over forgeries. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, type TestContext, test } from 'node:test'
import { Refused, readLeaf, trustedKeys, verifyReceipt, verifyStatement } from '../../docs/verifier/verify.mjs'
import { createSigner } from '../../src/ledger/signer.ts'
import type { Receipt } from '../../src/subjects/receipts.ts'
import type { StatedDisclosure, Statement } from '../../src/subjects/statement.ts'
import { type House, purchase } from '../support/house.ts'
import { sharedContext } from '../support/shared.ts'
import { until } from '../support/until.ts'
import { startWithUsers } from '../support/users.ts'

const VERIFIER = join(import.meta.dirname, '..', '..', 'docs', 'verifier', 'verify.mjs')

type Proved = Receipt & { readonly proof: string }
interface HandedOut {
  readonly root: string
  readonly trust: string
  readonly receipt: Proved
  readonly promised: Receipt
  readonly otherReceipt: Proved
  readonly statement: Statement
  readonly otherStatement: Statement
}

let out: HandedOut
const context = sharedContext()
before(async () => {
  out = await handOut(context)
})

async function handOut(t: TestContext): Promise<HandedOut> {
  const { house, person } = await startWithUsers(t)
  const [ann, ben] = [await person.token('ann'), await person.token('ben')]
  await house.send(['ann', 'ben', 'ann', 'ann'].map((userId, n) => purchase({ userId, messageId: `m-${n}` })))
  await house.settled()
  const statement = await statementOf(house, ann, 3)
  const otherStatement = await statementOf(house, ben, 1)
  const changed = async (headers: Record<string, string>): Promise<Receipt> =>
    (await house.call('PUT', '/v1/me/choices', { opt_out: true }, headers)).body.receipt
  const [promised, other] = [await changed(ann), await changed(ben)]
  const trust = String((await house.call('GET', '/ledger/trust')).body)
  const [receipt, otherReceipt] = [await proved(house, promised), await proved(house, other)]
  return { root: house.folder.root, trust, receipt, promised, otherReceipt, statement, otherStatement }
}

/** Once every disclosure has its proof. */
async function statementOf(house: House, headers: Record<string, string>, disclosures: number): Promise<Statement> {
  let statement: Statement | undefined
  await until('each disclosure to be proved', async () => {
    const { body } = await house.call('GET', '/v1/me/disclosures?proofs=true', undefined, headers)
    statement = body as Statement
    return statement.disclosures.length === disclosures && statement.disclosures.every(({ proof }) => proof)
  })
  return statement!
}

async function proved(house: House, receipt: Receipt): Promise<Proved> {
  let proof: string | undefined
  await until('a checkpoint to cover the receipt', async () => {
    proof = (await house.call('GET', `/receipts/${receipt.id}`)).body.proof
    return proof !== undefined
  })
  return { ...receipt, proof: proof! }
}

/** The same text with one bit of its bytes turned. */
function turned(base64: string, at: number): string {
  const bytes = Buffer.from(base64, 'base64')
  bytes[at < 0 ? bytes.length + at : at]! ^= 1
  return bytes.toString('base64')
}

/** A trust file with another key of the same name. */
function otherTrust(): string {
  return `${createSigner(out.receipt.promise.match(/^origin (.*)$/m)![1]!, generateKeyPairSync('ed25519').privateKey).verifierKey}\n`
}
const swapped = (text: string, one: number, other: number): string => {
  const lines = text.split('\n')
  ;[lines[one], lines[other]] = [lines[other]!, lines[one]!]
  return lines.join('\n')
}

describe('the verifier written from the documentation', () => {
  test('uses no other file of the project', () => {
    const source = readFileSync(VERIFIER, 'utf8')
    const imported = [...source.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name]) => name)
    ok(imported.length > 0)
    deepEqual(
      imported.filter((name) => !name!.startsWith('node:')),
      [],
    )
  })

  test('verifies a receipt and a statement as they are handed out', () => {
    const keys = trustedKeys(out.trust)
    match(verifyReceipt(out.receipt, keys), /^The receipt is good: opt_out at 20\S+, under the policy of 2018-05-22/)
    match(verifyStatement(out.statement, keys), /^3 disclosures are proved, and each is about this person\./)
    match(verifyStatement(out.otherStatement, keys), /^1 disclosures are proved/)
  })

  test('as a command: exit 0 and a sentence, exit 1 and a sentence', async () => {
    const run = (what: string, file: string) =>
      new Promise<readonly [number, string]>((resolve) => {
        execFile(process.execPath, [VERIFIER, what, file, join(out.root, 'trust')], (error, stdout, stderr) =>
          resolve([error === null ? 0 : Number(error.code), `${stdout}${stderr}`]),
        )
      })
    await writeFile(join(out.root, 'trust'), out.trust)
    await writeFile(join(out.root, 'receipt.json'), JSON.stringify(out.receipt))
    await writeFile(join(out.root, 'promised.json'), JSON.stringify(out.promised))
    await writeFile(join(out.root, 'statement.json'), JSON.stringify(out.statement))
    const good = await run('receipt', join(out.root, 'receipt.json'))
    deepEqual([good[0], good[1].startsWith('The receipt is good')], [0, true])
    deepEqual((await run('statement', join(out.root, 'statement.json')))[0], 0)
    deepEqual(await run('receipt', join(out.root, 'promised.json')), [
      1,
      'The promise is good, and the receipt has no proof yet: fetch it and look again.\n',
    ])
    equal((await run('statement', join(out.root, 'receipt.json')))[0], 1)
    equal((await run('receipt', join(out.root, 'trust')))[0], 1)
  })

  const receipts: [string, (receipt: Proved, other: Proved) => unknown, RegExp][] = [
    ['another person', (one, other) => ({ ...one, identities: other.identities }), /about somebody else/],
    ['another salt', (one, other) => ({ ...one, salt: other.salt }), /about somebody else/],
    [
      'a record with a changed byte',
      (one) => ({ ...one, leaf: turned(one.leaf, -1) }),
      /not the one that was promised/,
    ],
    ['a record cut short', (one) => ({ ...one, leaf: one.leaf.slice(0, -8) }), /not the one that was promised/],
    ['a foreign record', (one, other) => ({ ...one, leaf: other.leaf }), /not the one that was promised/],
    ['a foreign proof', (one, other) => ({ ...one, proof: other.proof }), /does not lead from its record/],
    ['a foreign promise', (one, other) => ({ ...one, promise: other.promise }), /another id/],
    ['another verb', (one) => ({ ...one, promise: one.promise.replace('verb opt_out', 'verb opt_in') }), /signature/],
    ['lines of the promise in another order', (one) => ({ ...one, promise: swapped(one.promise, 1, 2) }), /signature/],
    ['a promise cut short', (one) => ({ ...one, promise: one.promise.slice(0, -4) }), /malformed|no signed note/],
    ['a proof at another place', (one) => ({ ...one, proof: one.proof.replace(/index (\d+)/, 'index 1$1') }), /lead/],
    ['a proof without its last hash', (one) => ({ ...one, proof: one.proof.replace(/[^\n]+=\n\n/, '\n') }), /lead/],
    [
      'a proof with its hashes in another order',
      (one) => ({ ...one, proof: swapped(one.proof, 2, 3) }),
      /lead|no tlog-/,
    ],
    [
      'a larger tree than was signed',
      (one) => ({ ...one, proof: one.proof.replace(/^(\d+)$/m, '1$1') }),
      /signature of the checkpoint/,
    ],
    ['no proof', ({ proof: _, ...rest }) => rest, /no proof yet/],
    ['nothing', () => ({}), /no receipt/],
  ]
  for (const [what, forge, why] of receipts)
    test(`refuses a receipt with ${what}`, () => {
      const forged = forge(out.receipt, out.otherReceipt)
      throws(
        () => verifyReceipt(forged, trustedKeys(out.trust)),
        (error) => error instanceof Refused && why.test(error.message),
      )
    })

  const withFirst = (statement: Statement, change: (one: StatedDisclosure) => object): object => ({
    ...statement,
    disclosures: statement.disclosures.map((one, at) => (at === 0 ? change(one) : one)),
  })
  const statements: [string, (statement: Statement, other: Statement) => unknown, RegExp][] = [
    ['a changed byte', (one) => withFirst(one, (it) => ({ ...it, leaf: turned(it.leaf!, 104) })), /not those|lead/],
    [
      'another recipient in words',
      (one) => withFirst(one, (it) => ({ ...it, recipient: 'bolt' })),
      /words of disclosure/,
    ],
    ['a field left out in words', (one) => withFirst(one, (it) => ({ ...it, fields: it.fields.slice(1) })), /words/],
    ['another country in words', (one) => withFirst(one, (it) => ({ ...it, countries: ['ZZ'] })), /words/],
    [
      'somebody else’s disclosure',
      (one, other) => ({ ...one, disclosures: [...one.disclosures, ...other.disclosures] }),
      /about somebody else/,
    ],
    ['somebody else’s keys', (one, other) => ({ ...one, keys: other.keys }), /about somebody else/],
    [
      'the proof of its neighbour',
      (one) => withFirst(one, (it) => ({ ...it, proof: one.disclosures[1]!.proof })),
      /lead from its record/,
    ],
    [
      'the record of its neighbour',
      (one) => withFirst(one, (it) => ({ ...it, leaf: one.disclosures[1]!.leaf })),
      /another one’s/,
    ],
    ['a disclosure twice', (one) => ({ ...one, disclosures: [one.disclosures[0], one.disclosures[0]] }), /twice/],
    ['no record', (one) => withFirst(one, ({ leaf: _, ...it }) => it), /without its record/],
    ['no proof', (one) => withFirst(one, ({ proof: _, ...it }) => it), /no tlog-proof/],
    ['no keys', ({ keys: _, ...one }) => one, /no statement/],
  ]
  for (const [what, forge, why] of statements)
    test(`refuses a statement with ${what}`, () => {
      const forged = forge(out.statement, out.otherStatement)
      throws(
        () => verifyStatement(forged, trustedKeys(out.trust)),
        (error) => error instanceof Refused && why.test(error.message),
      )
    })

  test('believes no key but those given', () => {
    const keys = trustedKeys(otherTrust())
    throws(() => verifyReceipt(out.receipt, keys), /signed by no key that you trust/)
    throws(() => verifyStatement(out.statement, keys), /signed by no key that you trust/)
    throws(() => trustedKeys(out.trust.replace(/\+[0-9a-f]{8}\+/, '+00000000+')), /does not match its id/)
    throws(() => trustedKeys('not a key\n'), /no Ed25519 verifier key/)
  })

  test('reads the worked examples of docs/ledger-format.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'ledger-format.md'), 'utf8')
    const examples = page.split('## A worked example').slice(1)
    const records = examples.map((example) => {
      const rows = example.split('\n## ')[0]!.matchAll(/^\| \d+ \| .* \| `([0-9a-f]+)` \|$/gm)
      return readLeaf(Buffer.from([...rows].map(([, hex]) => hex).join(''), 'hex'))
    })
    deepEqual(
      records.map(({ kind, seq }) => [kind, seq]),
      [
        ['intent', 41],
        ['intent', 42],
        ['notice', 43],
        ['cell', 44],
      ],
    )
    deepEqual(records[1]!.treatments, {
      advertising_id: 'pass',
      ip: '24/48',
      place: 'city',
      email: 'drop',
      os: 'reduced',
    })
  })
})
