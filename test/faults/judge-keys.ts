/**
 * The gateway's key files, with which the judge computes for itself what should have been written, by
 * `docs/ledger-format.md`.
 */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { WitnessedIntent } from './ledger-witness.ts'
import type { MatcherKeys } from './matcher.ts'
import { opened } from './opened.ts'

const BLIND_BYTES = 16

/**
 * @param eventRefOf what the judge calls an event
 * @param userOf the user an event was about, by that name
 */
export function readKeys(
  dataFolder: string,
  eventRefOf: (messageId: string) => string,
  userOf: (eventRef: string) => string | undefined,
): MatcherKeys {
  const key = (name: string): Buffer =>
    Buffer.from(readFileSync(join(dataFolder, 'keys', `${name}.key`), 'utf8').trim(), 'hex')
  const index = key('index')
  const nobody = key('commitment')
  const identityOf = (user: string): string => mac(index, `user\0${user}`).toString('hex', 0, 16)
  const subjects = createSubjectKeys(join(dataFolder, 'keys', 'subjects.db'), key('encryption'))
  return {
    eventRefOf,
    commits: (intent, text) => {
      const user = userOf(intent.eventRef)
      const subject = intent.epoch === 0 ? nobody : subjects(user === undefined ? '' : identityOf(user), intent)
      if (subject === undefined) return false
      const own = mac(subject, idBytes(intent)).subarray(BLIND_BYTES)
      return mac(own, text).toString('hex') === intent.commitment
    },
  }
}

/** Finds the subject's key that gives an INTENT's blind: of the person it should be about, or of anybody. */
function createSubjectKeys(path: string, encryption: Buffer) {
  let keys = new Map<string, readonly Buffer[]>()
  return (identity: string, intent: WitnessedIntent): Buffer | undefined => {
    const fits = (key: Buffer): boolean => mac(key, idBytes(intent)).toString('hex', 0, BLIND_BYTES) === intent.blind
    const likely = keys.get(identity)?.find(fits)
    if (likely !== undefined) return likely
    if (!keys.has(identity)) keys = subjectKeys(path, encryption)
    return keys.get(identity)?.find(fits) ?? [...keys.values()].flat().find(fits)
  }
}

/** Every key of every identity; an identity has one for each month. */
function subjectKeys(path: string, encryption: Buffer): Map<string, readonly Buffer[]> {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const keys = new Map<string, readonly Buffer[]>()
    for (const { identity, wrapped } of db.prepare('SELECT identity, wrapped FROM subject_keys').all()) {
      if (typeof identity !== 'string' || !(wrapped instanceof Uint8Array)) throw new Error('not a subject key')
      const key = opened(encryption, identity, Buffer.from(wrapped))
      keys.set(identity, [...(keys.get(identity) ?? []), key])
    }
    return keys
  } finally {
    db.close()
  }
}

function idBytes({ id }: WitnessedIntent): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

function mac(key: Buffer, message: string | Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
