/** People of a campaign: each is known to every partner, opts out or does not, and has their data deleted in the end. */
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { WRITE_KEY } from '../support/config-folder.ts'
import { purchase } from '../support/purchase.ts'
import { until } from '../support/until.ts'
import { ISSUER } from '../support/users.ts'

const ANSWER_MS = 10_000
const AGAIN_MS = 50
/** Answers of a machine that does too much: the same is said again. */
const LATER: ReadonlySet<number> = new Set([408, 429])
/** Over several kills and starts of a slow machine. */
const PATIENCE_MS = 400_000

export interface People {
  /** Where the gateway is; undefined while none runs. */
  serve(dataUrl: string | undefined): void
  /** Resolves once they are erased. Says everything again until it is acknowledged. */
  live(optsOut: boolean): Promise<void>
  /** By verb, the vendor ids of those whose request was acknowledged. */
  readonly asked: Readonly<Record<'opt_out' | 'erase', readonly string[]>>
  /** Every identifier that they have. */
  readonly identifiers: readonly string[]
}

/** @param mark eight hex digits that every device id of theirs begins with */
export async function createPeople(
  jwksFile: string,
  mark: string,
  isKnown: (vendorId: string) => boolean,
  signal: AbortSignal,
): Promise<People> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  await writeFile(jwksFile, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] }))
  let origin: string | undefined
  const asked = { opt_out: [] as string[], erase: [] as string[] }
  const identifiers: string[] = []
  const deviceId = (): string => `${mark}${randomUUID().slice(8)}`.toUpperCase()
  const tokenOf = async (user: string): Promise<string> =>
    `Bearer ${await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setSubject(user)
      .setIssuer(ISSUER)
      .setAudience('sluice')
      .setIssuedAt()
      .setExpirationTime('30m')
      .sign(privateKey)}`

  const say = async (method: string, path: string, body: object, authorization: string): Promise<void> => {
    for (;;) {
      signal.throwIfAborted()
      const status = origin === undefined ? 0 : await statusOf(origin, { method, path, body, authorization })
      if (status === 200) return
      if (status >= 400 && status < 500 && !LATER.has(status))
        throw new Error(`${method} ${path} was answered ${status}`)
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
  const statusOf = async (
    at: string,
    {
      method,
      path,
      body,
      authorization,
    }: Readonly<Record<'method' | 'path' | 'authorization', string>> & { body: object },
  ): Promise<number> => {
    try {
      const answered = await fetch(at + path, {
        method,
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      await answered.arrayBuffer()
      return answered.status
    } catch {
      // Killed, or about to be.
      return 0
    }
  }

  return {
    serve: (dataUrl) => {
      origin = dataUrl
    },
    live: async (optsOut) => {
      const [user, advertisingId, vendorId] = [`user-${randomBytes(12).toString('hex')}`, deviceId(), deviceId()]
      identifiers.push(user, advertisingId, vendorId)
      const device = { type: 'ios', id: vendorId, advertisingId, adTrackingEnabled: true, attTrackingStatus: 3 }
      const event = purchase({ userId: user, messageId: randomUUID() }, { device })
      await say('POST', '/v1/batch', { batch: [event] }, `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`)
      await until('every partner to know them', () => signal.aborted || isKnown(vendorId), PATIENCE_MS)
      const token = await tokenOf(user)
      if (optsOut) {
        await say('PUT', '/v1/me/choices', { opt_out: true }, token)
        asked.opt_out.push(vendorId)
      }
      await say('POST', '/v1/me/erasure', {}, token)
      asked.erase.push(vendorId)
    },
    asked,
    identifiers,
  }
}
