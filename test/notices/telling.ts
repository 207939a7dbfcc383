/** A whole gateway whose partners are told of opt-outs and deletions, and what they were told. */
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import type { House } from '../support/house.ts'
import type { Received, TestPartner } from '../support/partner.ts'
import { until } from '../support/until.ts'
import { ISSUER, type Person, startWithUsers } from '../support/users.ts'

export const SECRET = 'a secret that both sides know'
const BOTH = { opt_out: 'on', deletion: 'on' }
export const SHARED = { advertising_id: 'pass', vendor_id: 'pass', user_id: 'pseudonym', os: 'pass' }

export interface TellingParts {
  /** Of each partner's contract, by its place. */
  readonly contracts?: readonly object[]
  readonly gateway?: object
  readonly policy?: object
}

/** Partners `acme` and `bolt`, at once and without delay unless told otherwise. */
export async function startTelling(
  t: TestContext,
  { contracts = [{}, {}], gateway = {}, policy = {} }: TellingParts = {},
): Promise<{
  house: House
  partners: readonly TestPartner[]
  person: Person
  publish(parts: readonly object[]): Promise<void>
}> {
  const own = { gateway: { notices: { within_minutes: 0, retry_seconds: 1 }, ...gateway }, policy }
  const { house, partners, person } = await startWithUsers(t, own, contracts.length)
  const secret = join(house.folder.root, 'secret')
  await writeFile(secret, SECRET)
  const publish = async (parts: readonly object[]): Promise<void> => {
    await house.folder.write({
      ...own,
      contracts: partners.map((partner, place) => tellingContract(place, partner.origin, secret, parts[place])),
      apps: [appWithUsers(join(house.folder.root, 'jwks.json'))],
    })
    await house.publishFiles()
  }
  await publish(contracts)
  return { house, partners, person, publish }
}

export function appWithUsers(jwks: string): object {
  return {
    id: 'messenger-ios',
    name: 'Messenger',
    platform: 'ios',
    write_keys: [WRITE_KEY],
    users: { jwks, issuer: ISSUER, audience: 'sluice', claim: 'sub' },
  }
}

export function tellingContract(place: number, origin: string, secret: string, part: object = {}) {
  const { notices = {}, opendsr, ...rest } = part as { readonly notices?: object; readonly opendsr?: object }
  return webhookContract(['acme', 'bolt', 'cobalt'][place]!, origin, {
    share: SHARED,
    when_restricted: { send: 'nothing' },
    notify: BOTH,
    connection: {
      url: `${origin}/hooks`,
      batch: true,
      signature: { header: 'X-Signature', key: { file: secret } },
      notices: { url: `${origin}/privacy`, ...notices },
      ...(opendsr && { opendsr: { url: `${origin}/v2`, ...opendsr } }),
    },
    ...rest,
  })
}

export interface Told {
  readonly notice: string
  readonly verb: string
  readonly identifier: {
    readonly type: string
    readonly kind?: string
    readonly value: string
    readonly pseudonym: boolean
  }
  readonly app: string
  readonly day: string
}

/** Requests that were notices, and no status calls. */
export function noticesAt({ received }: TestPartner): readonly Received[] {
  return received.filter(({ path, method }) => path.startsWith('/privacy') && method === 'POST')
}

export function toldAt(partner: TestPartner): readonly Told[] {
  return noticesAt(partner).map(({ body }) => JSON.parse(body) as Told)
}

export function signatureOf(body: string): string {
  return createHmac('sha256', SECRET).update(body).digest('hex')
}

/** Waits until no notice is open; the counts then. */
export function allEnded(
  house: House,
): Promise<readonly { partner: string; verb: string; state: string; count: number }[]> {
  return until('every notice to have ended', async () => {
    const { body } = await house.staff('GET', '/api/v1/notices/counts')
    const counts = body.items as { partner: string; verb: string; state: string; count: number }[]
    const isOpen = body.to_plan > 0 || counts.some(({ state }) => ['waiting', 'trying', 'polling'].includes(state))
    return !isOpen && counts
  })
}
