/**
 * People opt out while their events and their relayed requests are on the way: into slots that are all taken, batches that
 * form, partners that are slow, and retries. The gateway is a process of its own.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { arrivedBefore, createArrivals } from '../faults/arrivals.ts'
import { type GatewayProcess, startGatewayProcess } from '../faults/gateway-process.ts'
import { createLine, type Line } from '../faults/line.ts'
import { createDice, type Dice } from '../faults/random.ts'
import { createConfigFolder, WRITE_KEY } from '../support/config-folder.ts'
import { purchase } from '../support/purchase.ts'
import { bidRequest, ONE_LAW } from '../support/relay.ts'
import { until } from '../support/until.ts'
import { judge, type Leaver, type Verdict } from './judge.ts'
import { advertisingIdOf, contractsOf, EVENT_PARTNERS, RELAY_PARTNER, startSlowPartner, tagOf } from './partners.ts'

export interface RaceOptions {
  readonly optOuts: number
  readonly seed: string
  readonly say: (line: string) => void
  readonly signal?: AbortSignal
}

/** How many people at once are opting out. */
const LEAVING = 12
/** One in so many stays, so that others' items share their envelopes. */
const STAYS = 10
const MOST_EVENTS = 3
/** Share of people with a relayed request under way, and of those who go on sending after they opted out. */
const RELAYS = 0.7
const GOES_ON = 0.3
/** Between what a person sends and their opt-out, in milliseconds: from nothing to what a delivery takes to begin. */
const SECOND_THOUGHT_MS = [0, 80] as const
const RETRY_MS = 25
const DRAIN_MS = 300_000

export async function runRace({ optOuts, seed, say, signal }: RaceOptions): Promise<Verdict> {
  const dice = createDice(seed)
  const arrivals = createArrivals()
  const partners = await Promise.all(
    [...EVENT_PARTNERS, RELAY_PARTNER].map((id) => startSlowPartner(id, arrivals, dice.of(id))),
  )
  const originOf = (id: string): string => partners.find((partner) => partner.id === id)!.origin
  const folder = await createConfigFolder({ contracts: contractsOf(originOf), policy: ONE_LAW })
  const line = createLine()
  let gateway: GatewayProcess | undefined
  const kill = (): void => gateway?.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  try {
    gateway = startGatewayProcess(folder.config)
    const { data, control } = await gateway.ready
    line.connect(data)
    const leavers: Leaver[] = []
    let started = 0
    const leaveInTurn = async (own: Dice): Promise<void> => {
      while (started < optOuts && signal?.aborted !== true) {
        const person = started++
        if (person % STAYS === 0) await stay(line, data, optOuts + person)
        leavers.push(await leave({ line, relayUrl: data, person, dice: own, arrived: () => arrivedBefore(arrivals) }))
        if (leavers.length % 1_000 === 0) say(`${leavers.length} have opted out`)
      }
    }
    await Promise.all(Array.from({ length: LEAVING }, (_, index) => leaveInTurn(dice.of(`leaving ${index}`))))
    for (const partner of partners) partner.behave()
    await until('every pair to end', () => isDrained(control, folder.data), DRAIN_MS)
    return judge(leavers, arrivals.list)
  } finally {
    signal?.removeEventListener('abort', kill)
    await line.close()
    kill()
    await gateway?.ended
    await Promise.all(partners.map((partner) => partner.close()))
    await folder.remove()
  }
}

interface Leaving {
  readonly line: Line
  readonly relayUrl: string
  readonly person: number
  readonly dice: Dice
  readonly arrived: () => Promise<number>
}

async function leave({ line, relayUrl, person, dice, arrived }: Leaving): Promise<Leaver> {
  const events = dice.between(1, MOST_EVENTS)
  await sendEvents(line, person, events)
  const relayed = dice.chance(RELAYS)
  const underWay = relayed ? relay(relayUrl, person) : undefined
  await pause(dice.between(...SECOND_THOUGHT_MS))
  const identities = dice.chance(0.5) ? { user: userOf(person) } : { advertising_id: advertisingIdOf(person) }
  const from = performance.now()
  await heeded(() => line.call('PUT', '/v1/me/choices', { identities, opt_out: true }))
  const effectMs = performance.now() - from
  const order = await arrived()
  const more = dice.chance(GOES_ON)
  if (more) await sendEvents(line, person, 1)
  if (more && relayed) await relay(relayUrl, person)
  await underWay
  return { person, order, effectMs, events, relayed }
}

async function stay(line: Line, relayUrl: string, person: number): Promise<void> {
  await sendEvents(line, person, 1)
  await relay(relayUrl, person)
}

const userOf = (person: number): string => `user-${person}`

async function sendEvents(line: Line, person: number, count: number): Promise<void> {
  const batch = Array.from({ length: count }, () => {
    const event = purchase({ userId: userOf(person), properties: { who: tagOf(person) } })
    const context = event.context as { readonly device: object }
    return { ...event, context: { ...context, device: { ...context.device, advertisingId: advertisingIdOf(person) } } }
  })
  await heeded(() => line.call('POST', '/v1/batch', { batch }))
}

/** What the partner answers, or that it does not, is its own affair. */
async function relay(dataUrl: string, person: number): Promise<void> {
  try {
    const answered = await request(`${dataUrl}/v1/relay/${RELAY_PARTNER}/bid`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-sluice-write-key': WRITE_KEY },
      body: JSON.stringify(bidRequest({}, { ifa: advertisingIdOf(person) }, { id: userOf(person) })),
    })
    await answered.body.dump()
  } catch {
    // The partner hung up, and the gateway passed that on.
  }
}

/** As an SDK does: until it is answered 200. */
async function heeded(call: () => Promise<number | undefined>): Promise<void> {
  for (;;) {
    const status = await call()
    if (status === 200) return
    if (status !== undefined && status < 500 && status !== 429) throw new Error(`answered ${status}`)
    await pause(RETRY_MS)
  }
}

async function isDrained(control: string, dataFolder: string): Promise<boolean> {
  const token = (await readFile(join(dataFolder, 'keys', 'staff.token'), 'utf8')).trim()
  const answered = await request(`${control}/api/v1/accounting`, { headers: { authorization: `Bearer ${token}` } })
  const { pairs, relayed } = (await answered.body.json()) as {
    readonly pairs: Readonly<Record<string, { readonly pending: number }>>
    readonly relayed: Readonly<Record<string, { readonly under_way: number }>>
  }
  return (
    Object.values(pairs).every(({ pending }) => pending === 0) &&
    Object.values(relayed).every(({ under_way }) => under_way === 0)
  )
}

/** How fast people are, not a wait for something to have happened. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
