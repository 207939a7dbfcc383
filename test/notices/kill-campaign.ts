/**
 * Partners are told of opt-outs and deletions while the gateway is killed with SIGKILL, at moments of the seed's choosing,
 * and started again on the same folder. At the end: what they were told, what became of each notice, what is left on disk.
 */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GatewayProcess, startGatewayProcess } from '../faults/gateway-process.ts'
import { createDice, type Dice } from '../faults/random.ts'
import { createConfigFolder } from '../support/config-folder.ts'
import { formsOf, tracesIn } from '../support/traces.ts'
import { until } from '../support/until.ts'
import { judge, type ListedNotice } from './kill-judge.ts'
import { type KillPartner, startKillPartner } from './kill-partner.ts'
import { createPeople, type People } from './kill-people.ts'
import { appWithUsers, SECRET, tellingContract } from './telling.ts'

export interface KillOptions {
  readonly kills: number
  readonly seed: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export interface KillVerdict {
  readonly findings: readonly string[]
  readonly notices: number
  /** By partner and state. */
  readonly ends: Readonly<Record<string, number>>
  /** Requests that partners read, and of those the ones for a notice told before. */
  readonly requests: number
  readonly repeats: number
}

const PEOPLE_A_KILL = 3
/** Kills go wrong only where something is being told; a run that has nothing left to tell is killed all the same. */
const NO_NOTICE_MS = 8_000
const STOP_MS = 60_000
/** How long the control plane is left alone where it was asked too often. */
const BUSY_MS = 1_000
/** Of the people, so many are looked for by hashes of their identifiers, too: a form is a whole reading of the folder. */
const HASHED = 6
const NOT_ENDED = ['waiting', 'trying', 'polling']
const GATEWAY = { notices: { within_minutes: 0, retry_seconds: 1 } }
const LIMITS = { per_second: 10_000, concurrency: 4, timeout_ms: 1_000, batch: 20, linger_ms: 5 }

export async function runKills({ kills, seed, say, signal }: KillOptions): Promise<KillVerdict> {
  const dice = createDice(seed)
  const partners = await Promise.all(['acme', 'bolt'].map((id) => startKillPartner(id, dice.of(id))))
  const folder = await createConfigFolder({ contracts: [] })
  const mark = randomBytes(4).toString('hex')
  const ended = new AbortController()
  const stop = AbortSignal.any([signal, ended.signal])
  let gateway: GatewayProcess | undefined
  try {
    const jwks = join(folder.root, 'jwks.json')
    const isKnown = (id: string): boolean => partners.every(({ known }) => known.has(id))
    const people = await createPeople(jwks, mark, isKnown, stop)
    const secret = join(folder.root, 'secret')
    await writeFile(secret, SECRET)
    await folder.write({ contracts: contractsOf(partners, secret), apps: [appWithUsers(jwks)], gateway: GATEWAY })
    const start = async (): Promise<string> => {
      signal.throwIfAborted()
      gateway = startGatewayProcess(folder.config)
      const { data, control } = await gateway.ready
      people.serve(data)
      return control
    }
    const lives: Promise<void>[] = []
    for (let kill = 1; kill <= kills; kill++) {
      await start()
      for (let n = 0; n < PEOPLE_A_KILL; n++) lives.push(quietly(people.live(dice.chance(0.6))))
      const after = await momentOf(partners, dice.of(`kill ${kill}`), gateway!)
      people.serve(undefined)
      gateway!.kill('SIGKILL')
      await gateway!.ended
      say(`kill ${kill}: ${after}; ${partners.map(({ id, told }) => `${id} ${told.length}`).join(', ')} requests`)
    }
    for (const partner of partners) partner.behave()
    const control = await start()
    await Promise.all(lives)
    const listed = await everyEnd(control, folder.data)
    const recorded = await everyRecord(control, folder.data, listed.length)
    gateway!.kill('SIGTERM')
    const code = await until(
      'the gateway to stop',
      async () => !gateway!.isRunning() && { code: await gateway!.ended },
      STOP_MS,
    )
    const findings = [
      ...judge({ partners, repeatable: new Set(['acme']), asked: people.asked, listed }),
      ...(code.code === 0 ? [] : [`the last stop ended with ${code.code}: ${gateway!.said()}`]),
      ...recorded,
      ...leftIn(folder.data, mark, people, partners),
    ]
    return { findings, ...countsOf(partners, listed) }
  } finally {
    ended.abort(new Error('the campaign is over'))
    gateway?.kill('SIGKILL')
    await gateway?.ended
    await Promise.all(partners.map((partner) => partner.close()))
    await folder.remove()
  }
}

function contractsOf(partners: readonly KillPartner[], secret: string) {
  return partners.map(({ id, origin }, place) => {
    const contract = tellingContract(place, origin, secret, {
      limits: LIMITS,
      notices: { status_url: `${origin}/privacy/{id}`, repeatable: id === 'acme' },
    })
    // An event comes until it is taken: whoever is told of has been heard of.
    return { ...contract, connection: { ...(contract.connection as object), idempotent: true } }
  })
}

/** Until one of these moments; its name. */
async function momentOf(partners: readonly KillPartner[], dice: Dice, gateway: GatewayProcess): Promise<string> {
  const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  const told = (): number => partners.reduce((sum, partner) => sum + partner.told.length, 0)
  const isByTime = dice.chance(0.35)
  const ms = isByTime ? dice.between(0, 2_500) : dice.between(0, 40)
  const more = dice.between(1, 9)
  if (!isByTime) {
    const goal = told() + more
    const deadline = Date.now() + NO_NOTICE_MS
    await until('requests', () => told() >= goal || Date.now() > deadline)
  }
  await soon(ms)
  if (!gateway.isRunning()) throw new Error(`the gateway ended by itself: ${gateway.said()}`)
  return isByTime ? `${ms} ms after the start` : `${ms} ms after ${more} more`
}

async function everyEnd(control: string, data: string): Promise<readonly ListedNotice[]> {
  return until(
    'every notice to end',
    async () => {
      if (await isToPlan(control, data)) return false
      const all = await pagesOf<ListedNotice>(control, data, '/api/v1/notices?limit=500')
      return !all.some(({ state }) => NOT_ENDED.includes(state)) && all
    },
    400_000,
  )
}

/** A choice was acknowledged, and its notices are not there yet. */
async function isToPlan(control: string, data: string): Promise<boolean> {
  const token = (await readFile(join(data, 'keys', 'staff.token'), 'utf8')).trim()
  const answered = await fetch(`${control}/api/v1/notices/counts`, { headers: { authorization: `Bearer ${token}` } })
  return answered.status === 429 || ((await answered.json()) as { readonly to_plan: number }).to_plan > 0
}

/** Waits until every end is on record; what is found of NOTICEs and their ends. */
async function everyRecord(control: string, data: string, notices: number): Promise<readonly string[]> {
  const refs = await until('every end on record', async () => {
    const ends = await pagesOf<{ readonly facts: { readonly notice: string } }>(
      control,
      data,
      '/api/v1/disclosures?kind=notice_end&limit=500',
    )
    const distinct = new Set(ends.map(({ facts }) => facts.notice))
    return distinct.size >= notices && distinct
  })
  return refs.size === notices ? [] : [`${refs.size} notices ended on record, of ${notices}`]
}

async function pagesOf<Item>(control: string, data: string, path: string): Promise<readonly Item[]> {
  const token = (await readFile(join(data, 'keys', 'staff.token'), 'utf8')).trim()
  const items: Item[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const answered: Response = await fetch(control + path + (cursor && `&cursor=${encodeURIComponent(cursor)}`), {
      headers: { authorization: `Bearer ${token}` },
    })
    const body = (await answered.json()) as { readonly items: readonly Item[]; readonly next?: string }
    if (answered.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS))
      continue
    }
    if (answered.status !== 200) throw new Error(`${path} was answered ${answered.status}: ${JSON.stringify(body)}`)
    items.push(...body.items)
    cursor = body.next
  }
  return items
}

/** Nothing says any more whom anything was about: every device id begins with the mark. */
function leftIn(data: string, mark: string, { identifiers }: People, partners: readonly KillPartner[]): string[] {
  const forms = new Map(
    [...formsOf(mark)].filter(([how]) => !/md5|sha/u.test(how)).map(([how, form]) => [`a device id, ${how}`, form]),
  )
  const users = identifiers.filter((one) => one.startsWith('user-'))
  for (const [n, user] of users.entries()) forms.set(`account ${n}`, Buffer.from(user))
  const pseudonyms = partners.flatMap(({ known }) => [...known.values()].flatMap((all) => [...all]))
  for (const [n, one] of pseudonyms.entries()) if (/^p\d+\./u.test(one)) forms.set(`pseudonym ${n}`, Buffer.from(one))
  for (const one of identifiers.slice(-HASHED))
    for (const [how, form] of formsOf(one)) forms.set(`one of the last, ${how}`, form)
  return tracesIn(data, forms).map((trace) => `left in the data folder: ${trace}`)
}

function countsOf(partners: readonly KillPartner[], listed: readonly ListedNotice[]) {
  const ends: Record<string, number> = {}
  for (const { partner, state } of listed) ends[`${partner} ${state}`] = (ends[`${partner} ${state}`] ?? 0) + 1
  const told = partners.flatMap((partner) => partner.told)
  const repeats = told.length - new Set(told.map(({ notice }) => notice)).size
  return { notices: listed.length, ends, requests: told.length, repeats }
}

/** What goes wrong is thrown where it is awaited, at the end. */
function quietly(life: Promise<void>): Promise<void> {
  life.catch(() => undefined)
  return life
}
