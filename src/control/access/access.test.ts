import { deepEqual, equal, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '../../model/errors.ts'
import { type Access, createAccess } from './access.ts'
import type { Proven } from './oidc.ts'
import { createRate } from './rates.ts'

const GOOD: Proven = { issuer: 'https://id.example', subject: 'ann', roles: ['editor'], name: undefined }
const ADDRESS = '198.51.100.7'

function accessWith(verify: (token: string) => Promise<Proven>): Access {
  return createAccess({
    bootstrap: undefined,
    named: { find: () => undefined, add: async () => '', remove: async () => false },
    idTokens: undefined,
    verifier: { known: () => undefined, verify },
    book: { note: async () => {} },
    failedLogins: createRate(3, () => 0),
    referenceOf: (issuer, subject) => `${issuer}#${subject}`,
  })
}

const codeOf = async (access: Access, token: string): Promise<string> => {
  try {
    await access.authenticate(token, ADDRESS)
    return 'in'
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

describe('who calls', () => {
  const verify = async (token: string): Promise<Proven> => {
    if (token === 'good') return GOOD
    throw new GatewayError('ERR_TOKEN_INVALID', { reason: 'unreadable' })
  }

  test('a good token that nobody has seen yet passes from an address that failed too often', async () => {
    const access = accessWith(verify)
    const codes: string[] = []
    for (let guess = 0; guess < 5; guess++) codes.push(await codeOf(access, `bad-${guess}`))
    deepEqual(codes, ['ERR_TOKEN_INVALID', 'ERR_TOKEN_INVALID', 'ERR_TOKEN_INVALID', 'ERR_RATE', 'ERR_RATE'])
    equal(await codeOf(access, 'good'), 'in')
    equal(await codeOf(access, 'bad-again'), 'ERR_RATE')
  })

  test('an issuer that cannot be asked is no failed login', async () => {
    const access = accessWith(async () => {
      throw new GatewayError('ERR_ISSUER_UNAVAILABLE')
    })
    for (let call = 0; call < 5; call++)
      await rejects(access.authenticate('any', ADDRESS), { code: 'ERR_ISSUER_UNAVAILABLE' })
  })
})
