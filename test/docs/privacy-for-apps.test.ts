/** docs/privacy-for-apps.md: its JavaScript, run as it stands against a gateway. */
import { equal, ok, rejects } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkReceipt } from '../../src/ledger/verify/receipt.ts'
import type { Receipt } from '../../src/subjects/receipts.ts'
import { WRITE_KEY } from '../support/config-folder.ts'
import { purchase } from '../support/house.ts'
import { until } from '../support/until.ts'
import { startWithUsers } from '../support/users.ts'

interface Snippet {
  optOut(host: string, writeKey: string, identities: object): Promise<Receipt>
  fetchProof(host: string, receipt: Receipt): Promise<object | undefined>
  readToggle(host: string, token: string): Promise<boolean>
  setToggle(host: string, token: string, isOptedOut: boolean): Promise<boolean>
}

const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'privacy-for-apps.md'), 'utf8')
const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gmu)].map(([, code = '']) => code)

test('the JavaScript opts a device out, reads a toggle and sets it both ways', async (t) => {
  equal(blocks.length, 1)
  const { optOut, fetchProof, readToggle, setToggle }: Snippet = await import(
    `data:text/javascript,${encodeURIComponent(blocks[0]!)}`
  )
  const { house, partner, person } = await startWithUsers(t)
  const host = house.gateway.dataUrl
  const receipt = await optOut(host, WRITE_KEY, { anonymous: 'installation-1' })
  const complete = await until('the proof of the receipt', () => fetchProof(host, receipt))
  const trust = String((await house.call('GET', '/ledger/trust')).body)
  const verdict = checkReceipt(complete, parseTrust(trust))
  ok(verdict.state === 'valid' && verdict.size !== undefined)
  await house.send([purchase({ userId: undefined, anonymousId: 'installation-1' })])
  await house.settled()
  equal(partner.items().length, 0)
  await rejects(optOut(host, WRITE_KEY, {}), /not in force: 422/)

  const token = (await person.token('ann')).authorization.replace('Bearer ', '')
  equal(await readToggle(host, token), false)
  equal(await setToggle(host, token, true), true)
  equal(await readToggle(host, token), true)
  equal(await setToggle(host, token, false), false)
  await rejects(readToggle(host, 'no-token'), /cannot be read: 401/)
})

test('the other languages call the same path with the same fields', () => {
  for (const language of ['swift', 'kotlin']) {
    const code = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'mu').exec(page)?.[1] ?? ''
    for (const word of ['v1/me/choices', 'opt_out', 'identities', 'Basic ', 'Bearer ', '"PUT"', '"GET"'])
      ok(code.includes(word), `${language}: ${word}`)
  }
})
