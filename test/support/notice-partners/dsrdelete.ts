/** A recipient of IAB Tech Lab's Data Deletion Request Framework, which checks what it gets with jose and signs with its own key. */
import { generateKeyPairSync } from 'node:crypto'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet, SignJWT } from 'jose'
import type { Received } from '../partner.ts'
import { DOWN, MALFORMED, Problems, type Reading, type Vendor } from './vendor.ts'

export interface Recipient {
  readonly domain: string
  /** `publicKey` of its dsrdelete.json. */
  readonly publicKey: readonly Readonly<Record<string, string>>[]
  /** @param ours keys of the requester, as its own dsrdelete.json has them */
  receive(request: Received, ours: JSONWebKeySet, issuer: string): Promise<Acknowledged>
  /** Keys of the requester that `recipientAsVendor` is asked by. */
  trust(ours: JSONWebKeySet): void
  trusted(): JSONWebKeySet
}
export interface Acknowledged extends Reading {
  readonly code: number
  readonly status: 202 | 400
  /** As the framework's response: JSON with the token. */
  readonly body: string
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** The same as a partner that records. Every post but to its bidder is for its endpoint. */
export function recipientAsVendor(recipient: Recipient, issuer: string): Vendor {
  const answers = new WeakMap<Reading, Acknowledged>()
  return {
    name: 'bidder',
    source: "IAB Tech Lab's Data Deletion Request Framework 1.0, 6 February 2025",
    read: async (request) => {
      if (!request.path.startsWith('/api/delete')) return undefined
      const told = await recipient.receive(request, recipient.trusted(), issuer)
      answers.set(told, told)
      return told
    },
    answer: (reading, situation) => {
      if (situation === 'down') return DOWN
      if (situation === 'malformed') return MALFORMED
      if (situation === 'rate_limited') return { status: 429, body: '' }
      const told = answers.get(reading)!
      return { status: told.status, body: told.body, headers: { 'Content-Type': 'application/json' } }
    },
    // No bid.
    event: { status: 204, body: '' },
  }
}

export function createRecipient(
  domain: string,
  accepts: readonly (readonly [type: string, format: string])[],
): Recipient {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { kty: kty!, crv: crv!, x: x!, y: y!, kid: 'recipient-1' }
  let trusted: JSONWebKeySet = { keys: [] }
  return {
    domain,
    publicKey: [jwk],
    trust: (ours) => {
      trusted = ours
    },
    trusted: () => trusted,
    receive: async (request, ours, issuer) => {
      const problems = new Problems()
      problems.require(request.method === 'POST', 'the call is a POST')
      const text = request.body.trim()
      const token = text.startsWith('{') ? String((JSON.parse(text) as { rqJWT?: unknown }).rqJWT) : text
      const identifiers: string[] = []
      let code = 0
      const keys = createLocalJWKSet(ours)
      const open = async (jws: unknown, where: string): Promise<Record<string, unknown>> => {
        const compact = problems.matches(jws, TOKEN, where)
        try {
          const { payload, protectedHeader } = await compactVerify(compact, keys)
          problems.require(protectedHeader.typ === 'JWT' && protectedHeader.kid !== undefined, `${where} names its key`)
          return JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>
        } catch {
          code = 2
          problems.found.push(`${where} is not signed by a key of ${issuer}`)
          return {}
        }
      }
      const subject = (sub: unknown, where: string): string => {
        const parts = ['identifierValue', 'identifierType', 'identifierFormat']
        const {
          identifierValue: value,
          identifierType: type,
          identifierFormat: format,
        } = problems.members(sub, where, parts)
        if (!accepts.some(([one]) => one === type)) code ||= 4
        else if (!accepts.some(([one, other]) => one === type && other === format)) code ||= 5
        return problems.matches(value, /^.+$/, `${where}.identifierValue`)
      }
      const claims = problems.members(
        await open(token, 'the rqJWT'),
        'the rqJWT',
        ['version', 'idJWT', 'jti', 'iss', 'sub', 'iat'],
        ['optionalParameters'],
      )
      const id = problems.matches(claims.jti, /^.+$/, 'jti')
      problems.require(claims.iss === issuer, 'iss is the requester')
      problems.matches(claims.version, /^1\.0$/, 'version')
      problems.require(Number.isInteger(claims.iat), 'iat is a NumericDate')
      identifiers.push(subject(claims.sub, 'sub'))
      const origin = problems.members(await open(claims.idJWT, 'the idJWT'), 'the idJWT', [
        'version',
        'jti',
        'iss',
        'sub',
        'iat',
      ])
      problems.require(origin.jti !== claims.jti, 'each token has an id of its own')
      identifiers.push(subject(origin.sub, 'the idJWT’s sub'))
      if (problems.found.length > 0) code ||= 1
      const acJWT = await new SignJWT({
        version: '1.0',
        rqJWT: token,
        raResultCode: code,
        ...(code === 4 ? { raResultString: 'Unsupported identifier type: phone' } : {}),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: jwk.kid })
        .setIssuer(domain)
        .setIssuedAt()
        .setJti('6G7H8J')
        .sign(privateKey)
      return {
        call: 'erase',
        id,
        identifiers: [...new Set(identifiers)],
        problems: problems.found,
        code,
        status: code === 0 ? 202 : 400,
        body: JSON.stringify({ acJWT }),
      }
    },
  }
}
