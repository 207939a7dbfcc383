/** Seals the personal part of REQUEST records under a key of its own, made from the index key: who loses that loses both. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { RequestSeal, Told } from './ports.ts'

const BOUND = 'sluice request record'

export function createRequestSeal(indexKey: KeyObject, random: RandomBytes): RequestSeal {
  const key = createSecretKey(createHmac('sha256', indexKey).update('sluice sealed requests').digest())
  const nonce = nonceSource(random)
  return {
    seal: (told) => Buffer.from(seal(key, nonce(), BOUND, JSON.stringify(told))).toString('base64'),
    open: (sealed) => {
      const text = unseal(key, BOUND, Buffer.from(sealed, 'base64'))
      // Sound: only `seal` above makes what opens under this key.
      return text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as Told)
    },
  }
}
