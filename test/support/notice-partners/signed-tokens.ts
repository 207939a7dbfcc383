/** Puts signed tokens where a notice's request has their places, as any requester of the Data Deletion Request Framework would. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type JSONWebKeySet, SignJWT } from 'jose'
import type { NoticeRequest } from '../../../src/partners/kit/notices.ts'

export interface Requester {
  readonly issuer: string
  /** `publicKey` of its dsrdelete.json, as a set. */
  readonly keys: JSONWebKeySet
  /** The body as it is sent. */
  bodyOf(request: NoticeRequest): Promise<string>
}

export function createRequester(issuer: string): Requester {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = 'requester-1'
  return {
    issuer,
    keys: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }] } as JSONWebKeySet,
    bodyOf: async ({ body, tokens = [] }) => {
      const made = new Map<string, string>()
      const fill = (text: string): string =>
        text.replace(/\{\{token:(\w+)\}\}/g, (_, name: string) => made.get(name) ?? '')
      for (const { name, claims } of tokens)
        made.set(name, await signed(JSON.parse(fill(JSON.stringify(claims))), issuer, kid, privateKey))
      return fill(body)
    },
  }
}

function signed(claims: Record<string, unknown>, issuer: string, kid: string, key: KeyObject): Promise<string> {
  return new SignJWT({ iss: issuer, ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid }).sign(key)
}
