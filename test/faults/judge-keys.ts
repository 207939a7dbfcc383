/**
 * The gateway's key files, with which the judge computes for itself what should have been written, by
 * `docs/ledger-format.md`.
 */
import { createDecipheriv, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { WitnessedIntent } from './ledger-witness.ts'
import type { MatcherKeys } from './matcher.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const BLIND_BYTES = 16

export function readKeys(dataFolder: string, app: string): MatcherKeys {
  const key = (name: string): Buffer =>
    Buffer.from(readFileSync(join(dataFolder, 'keys', `${name}.key`), 'utf8').trim(), 'hex')
  const index = key('index')
  const keyOf = createKeyFinder(key('commitment'), () =>
    subjectKeys(join(dataFolder, 'keys', 'subjects.db'), key('encryption')),
  )
  return {
    eventRefOf: (messageId) => mac(index, `event\0${app}\0${messageId}`).toString('hex', 0, 16),
    commits: (intent, text) => {
      const subject = keyOf(intent)
      if (subject === undefined) return false
      const own = mac(subject, idBytes(intent)).subarray(BLIND_BYTES)
      return mac(own, text).toString('hex') === intent.commitment
    },
  }
}

/** Finds the subject's key by the blind it gives. People send often: those asked for last are tried first. */
function createKeyFinder(nobody: Buffer, read: () => readonly Buffer[]) {
  let keys: Buffer[] = []
  return (intent: WitnessedIntent): Buffer | undefined => {
    if (intent.epoch === 0) return nobody
    const fits = (key: Buffer): boolean => mac(key, idBytes(intent)).toString('hex', 0, BLIND_BYTES) === intent.blind
    let place = keys.findIndex(fits)
    if (place < 0) {
      keys = [...read()]
      place = keys.findIndex(fits)
    }
    const [found] = place < 0 ? [] : keys.splice(place, 1)
    if (found !== undefined) keys.unshift(found)
    return found
  }
}

function subjectKeys(path: string, encryption: Buffer): readonly Buffer[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db
      .prepare('SELECT identity, wrapped FROM subject_keys')
      .all()
      .map(({ identity, wrapped }) => {
        if (!(wrapped instanceof Uint8Array)) throw new Error('a subject key is no bytes')
        return unwrap(encryption, String(identity), Buffer.from(wrapped))
      })
  } finally {
    db.close()
  }
}

/** AES-256-GCM, bound to the identity: nonce, text, tag. */
function unwrap(encryption: Buffer, identity: string, wrapped: Buffer): Buffer {
  const opening = createDecipheriv('aes-256-gcm', encryption, wrapped.subarray(0, NONCE_BYTES))
  opening.setAAD(Buffer.from(identity))
  opening.setAuthTag(wrapped.subarray(-TAG_BYTES))
  return Buffer.concat([opening.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), opening.final()])
}

function idBytes({ id }: WitnessedIntent): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

function mac(key: Buffer, message: string | Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
