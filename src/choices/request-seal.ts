/** Seals the personal part of REQUEST records under a key derived from the index key. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { RequestSeal, SealedRequest } from './ports.ts'

const BOUND = 'sluice request record'

export function createRequestSeal(indexKey: KeyObject, random: RandomBytes): RequestSeal {
  const key = createSecretKey(createHmac('sha256', indexKey).update('sluice sealed requests').digest())
  const nonce = nonceSource(random)
  return {
    seal: (request) => Buffer.from(seal(key, nonce(), BOUND, JSON.stringify(request))).toString('base64'),
    open: (sealed) => {
      const text = unseal(key, BOUND, Buffer.from(sealed, 'base64'))
      // Sound: only `seal` above writes under this key.
      return text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as SealedRequest)
    },
  }
}
