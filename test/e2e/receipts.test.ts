/** A receipt for each change: signed at once, proved within a minute, good without us and after an erasure. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkReceipt } from '../../src/ledger/verify/receipt.ts'
import type { Receipt } from '../../src/subjects/receipts.ts'
import { type House, purchase } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { startWithUsers } from '../support/users.ts'

async function proved(house: House, receipt: Receipt): Promise<Receipt & { readonly proof: string }> {
  let proof = ''
  await until('a checkpoint to cover the receipt', async () => {
    const { status, body } = await house.call('GET', `/receipts/${receipt.id}`)
    ok(status === 200 || status === 202, String(status))
    proof = body.proof ?? ''
    return proof !== ''
  })
  return { ...receipt, proof }
}
const trustOf = async (house: House): Promise<string> => String((await house.call('GET', '/ledger/trust')).body)

describe('receipts', () => {
  test('each change gives one, for whom it was given and of what was said', async (t) => {
    const { house, person } = await startWithUsers(t)
    const trusted = parseTrust(await trustOf(house))
    const ann = await person.token('ann')
    const put = async (body: object, headers?: Record<string, string>): Promise<Receipt> =>
      (await house.call('PUT', '/v1/me/choices', body, headers)).body.receipt
    const rows: [string, Receipt, readonly (readonly string[])[]][] = [
      [
        'opt_out',
        await put({ identities: { anonymous: 'i-1', user: 'ben' }, opt_out: true }),
        [
          ['anonymous', 'i-1'],
          ['user', 'ben'],
        ],
      ],
      ['opt_out', await put({ opt_out: true }, ann), [['user', 'ann']]],
      ['withdraw', await put({ opt_out: false }, ann), [['user', 'ann']]],
      ['opt_in', await put({ precise_location: 'allow' }, ann), [['user', 'ann']]],
      ['mixed', await put({ sale: 'allow', precise_location: 'deny' }, ann), [['user', 'ann']]],
      ['child', await put({ identities: { anonymous: 'i-2' }, child: true }), [['anonymous', 'i-2']]],
    ]
    for (const [verb, receipt, identities] of rows) {
      deepEqual(receipt.identities, identities)
      const verdict = checkReceipt(receipt, trusted)
      ok(verdict.state === 'valid', JSON.stringify(verdict))
      deepEqual([verdict.verb, verdict.policy, verdict.size], [verb, '2018-05-22', undefined])
    }
    equal(new Set(rows.map(([, { id }]) => id)).size, rows.length)
  })

  test('verifies offline by the command, and after an erasure of the person', async (t) => {
    const { house, person } = await startWithUsers(t)
    const ann = await person.token('ann')
    await house.send([purchase({ userId: 'ann' })])
    await house.settled()
    const { body } = await house.call('PUT', '/v1/me/choices', { opt_out: true }, ann)
    const receipt = await proved(house, body.receipt)
    const [file, promised, trust] = ['receipt.json', 'promised.json', 'trust'].map((name) =>
      join(house.folder.root, name),
    )
    await writeFile(file!, JSON.stringify(receipt))
    await writeFile(promised!, JSON.stringify(body.receipt))
    await writeFile(trust!, await trustOf(house))
    const verify = (path: string) => sluice(['ledger', 'verify', '--receipt', path, '--trust', trust!])
    const good = await verify(file!)
    equal(good.code, 0, good.err)
    match(good.out, /^The receipt is good: opt_out at 20\S+, under the privacy policy of 2018-05-22, is record \d+ of /)
    const open = await verify(promised!)
    deepEqual([open.code, open.out.startsWith('The promise is good')], [1, true])
    const erased = await house.call('POST', '/v1/me/erasure', {}, ann)
    equal(erased.status, 200)
    equal((await verify(file!)).code, 0)
    const again = await proved(house, body.receipt)
    equal(checkReceipt(again, parseTrust(await trustOf(house))).state, 'valid')
    const erasure = await proved(house, erased.body.receipt)
    const verdict = checkReceipt(erasure, parseTrust(await trustOf(house)))
    ok(verdict.state === 'valid' && verdict.verb === 'erase')
    equal((await house.call('POST', '/receipts/check', body.receipt)).body.state, 'valid')
  })

  test('whatever of it is altered is found', async (t) => {
    const { house } = await startWithUsers(t)
    const answers = await Promise.all(
      ['a', 'b'].map(async (anonymous) => {
        const { body } = await house.call('PUT', '/v1/me/choices', { identities: { anonymous }, opt_out: true })
        return proved(house, body.receipt)
      }),
    )
    const [own, other] = [answers[0]!, answers[1]!]
    const trusted = parseTrust(await trustOf(house))
    equal(checkReceipt(own, trusted).state, 'valid')
    const leaf = Buffer.from(own.leaf, 'base64')
    leaf[leaf.length - 1]! ^= 1
    const rows: [string, object, RegExp][] = [
      ['another person', { ...own, identities: other.identities }, /somebody else/],
      ['another salt', { ...own, salt: other.salt }, /somebody else/],
      ['another record', { ...own, leaf: other.leaf }, /not the one that was promised/],
      ['a changed record', { ...own, leaf: leaf.toString('base64') }, /not the one that was promised/],
      ['another promise', { ...own, promise: other.promise }, /somebody else/],
      ['a changed promise', { ...own, promise: own.promise.replace('verb opt_out', 'verb opt_in') }, /signature/],
      ['an earlier time', { ...own, promise: own.promise.replace(/time 2/, 'time 1') }, /signature/],
      ['another id', { ...own, id: other.id }, /id is that of another/],
      ['another proof', { ...own, proof: other.proof }, /proof/],
      ['a proof that is none', { ...own, proof: 1 }, /proof/],
      ['nothing', {}, /not a receipt/],
    ]
    for (const [what, receipt, why] of rows) {
      const verdict = checkReceipt(receipt, trusted)
      ok(verdict.state === 'invalid' && why.test(verdict.why), `${what}: ${JSON.stringify(verdict)}`)
    }
    const verdict = checkReceipt(own, [])
    ok(verdict.state === 'invalid' && /no trusted key/.test(verdict.why))
  })

  test('its record has no id, no identity and no salt, and nothing of the folder leads from the person to it', async (t) => {
    const { house } = await startWithUsers(t)
    const { body } = await house.call('PUT', '/v1/me/choices', {
      identities: { anonymous: 'someone-new' },
      opt_out: true,
    })
    const { receipt } = body as { receipt: Receipt }
    const leaf = Buffer.from(receipt.leaf, 'base64')
    const subject = createHash('sha256')
      .update(JSON.stringify(receipt.identities))
      .update(Buffer.from(receipt.salt, 'hex'))
      .digest('hex')
    ok(leaf.includes(subject))
    for (const word of [receipt.id, receipt.salt, 'someone-new', 'messenger-ios']) ok(!leaf.includes(word), word)
    await proved(house, receipt)
    const files = (await readdir(house.folder.data, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    )
    for (const file of files) {
      const bytes = await readFile(join(file.parentPath, file.name))
      for (const secret of [
        receipt.id,
        receipt.salt,
        Buffer.from(receipt.salt, 'hex'),
        Buffer.from(receipt.id, 'base64url'),
      ])
        ok(!bytes.includes(secret), file.name)
    }
  })

  test('a made-up id is nobody’s', async (t) => {
    const { house } = await startWithUsers(t)
    for (const id of ['x', 'A'.repeat(48), '..%2f..'])
      equal((await house.call('GET', `/receipts/${id}`)).status, 404, id)
  })
})
