/**
 * `npm run test:guard-alarms -- --before DIR [--events N] [--samples DIR] [--seed N]`
 *
 * What this guard withholds and that of another checkout did not, over generated events whose ids are independent, and over
 * files of vendors' events where a folder of them is given. Last line: `N pairs, M newly withheld (P %)`. Exit 1 where that
 * is more than 0.05 %, or where one is by a kind that alone says nothing: one coordinate, a given name, an office's mailbox.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { JsonObject, PartnerId } from '../../src/model/brand.ts'
import type { ContractPlan } from '../../src/model/contract.ts'
import { FIELD_CLASSES, ipLevel, topOf } from '../../src/model/field-class.ts'
import { createDraw, eventFor, PROPERTIES } from './events.ts'
import { type Judged, judgeOf } from './judged.ts'

const MAX_SHARE = 0.000_5
const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    events: { type: 'string', default: '200000' },
    samples: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
if (values.before === undefined) throw new Error('name the checkout to compare with: --before DIR')

const granted = Object.fromEntries(PROPERTIES.map((name) => [name, name.replaceAll(/[[\].]/g, '_')]))
const named = (as: string) => ({ as, properties: granted })
const events = { 'Order Completed': named('purchase'), 'Message Sent': named('message'), 'Level Up': named('level') }
const everything = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const top = (...names: (keyof typeof everything & string)[]) =>
  Object.fromEntries(names.map((name) => [name, everything[name]!]))
const restricted = { send: 'limited', share: { ...top('message_id', 'property'), os: 1 } } as const

/** What a measurement partner, an advertiser, an analyst and a partner of nothing but properties get. */
const CONTRACTS: readonly Partial<ContractPlan>[] = [
  { share: { ...top('message_id', 'advertising_id', 'os'), ip: ipLevel(24, 48) } },
  { share: top('message_id', 'email', 'phone', 'user_id', 'url') },
  { share: { ...top('message_id', 'url', 'user_agent', 'place'), user_id: 1, anonymous_id: 1 } },
  { share: top('message_id') },
].map((part, index) => ({ id: `p${index}` as PartnerId, events, whenRestricted: restricted, ...part }))

const [now, before] = await Promise.all([judgeOf(resolve('.'), CONTRACTS), judgeOf(resolve(values.before), CONTRACTS)])
const draw = createDraw(Number(values.seed))
const counts = { pairs: 0, newly: 0, little: 0, sent: 0, before: 0 }
const reasons = new Map<string, { count: number; example: JsonObject }>()

for (let index = 0; index < Number(values.events); index++) compare(eventFor(draw), index % 2 === 1)
for (const sample of values.samples === undefined ? [] : await samplesIn(values.samples)) compare(sample, false)

for (const [reason, { count, example }] of [...reasons].sort(([, one], [, other]) => other.count - one.count))
  console.log(`${String(count).padStart(7)}  ${reason}\n         ${JSON.stringify(example).slice(0, 1_200)}`)
console.log(`${counts.sent} sent, ${counts.before} withheld by either`)
const share = counts.newly / counts.pairs
console.log(`${counts.pairs} pairs, ${counts.newly} newly withheld (${(share * 100).toFixed(4)} %)`)
if (counts.little > 0) console.log(`${counts.little} of them by too little: see the examples`)
if (share > MAX_SHARE || counts.little > 0) process.exitCode = 1

function compare(raw: JsonObject, optedOut: boolean): void {
  const [ours, theirs] = [now(raw, optedOut), before(raw, optedOut)] satisfies ReturnType<Judged>[]
  if (ours === undefined || theirs === undefined) return
  ours.forEach((outcome, index) => {
    counts.pairs++
    if (outcome === 'sent') counts.sent++
    if (typeof outcome !== 'object') return
    if (theirs[index] !== 'sent') {
      counts.before++
      return
    }
    counts.newly++
    if (isByLittle(raw, outcome.what)) counts.little++
    const reason = `${outcome.what}, ${outcome.form} (p${index})`
    const known = reasons.get(reason)
    if (known === undefined) reasons.set(reason, { count: 1, example: raw })
    else known.count++
  })
}

/**
 * True where what is said alone says nothing of the person: one coordinate without its partner, a given name, an office's
 * mailbox, or few digits that are neither in a path or query nor behind a word for a person.
 */
function isByLittle(raw: JsonObject, what: string): boolean {
  const { properties, userId = '', context } = raw as { properties?: JsonObject; userId?: string; context?: JsonObject }
  const { traits = {}, location = {}, page = {} } = (context ?? {}) as Readonly<Record<string, JsonObject>>
  const kept = JSON.stringify([properties, page.url]).toLowerCase()
  const isIn = (text: string, parts: readonly unknown[]): boolean =>
    parts.every((part) => text.includes(String(part).toLowerCase()))
  const holds = (...parts: readonly unknown[]): boolean => isIn(kept, parts)
  switch (what) {
    case 'name':
      // A user's id that passes may be made of the name.
      return !isIn(`${kept} ${userId}`, String(traits.name ?? `${traits.firstName} ${traits.lastName}`).split(' '))
    case 'email':
      return !holds(String(traits.email).split('@')[0])
    case 'coordinates':
      return !holds(Math.trunc(Number(location.latitude)), Math.abs(Math.trunc(Number(location.longitude))))
    case 'user_id':
      return userId.length <= 7 && !['/', '=', 'user '].some((before) => holds(`${before}${userId}`))
    default:
      return false
  }
}

/** Events of files of `[{input: …}]`, under the names that the contracts know. */
async function samplesIn(folder: string): Promise<JsonObject[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'))
  const found: JsonObject[] = []
  for (const file of files) {
    const cases = JSON.parse(await readFile(join(folder, file), 'utf8')) as unknown
    if (!Array.isArray(cases)) continue
    for (const { input } of cases as readonly { readonly input?: JsonObject }[]) {
      if (input === undefined) continue
      found.push({ anonymousId: 'sample-anonymous', ...input, type: 'track', event: 'Order Completed' })
    }
  }
  return found
}
