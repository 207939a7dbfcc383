/**
 * Keeps sealed answers of erasures for a limited time, so that the recipients to notify (GDPR Art. 19) are not lost with a
 * connection. An answer is retrieved by a newly verified identity or by the random code in the first answer. File names and
 * keys are keyed hashes of these, so the folder reveals no identity, and an answer's content (recipients and counts, to the
 * day) matches no record.
 */
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs } from '../model/brand.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { ErasureAnswers, KeptAnswer, Recipient, SealedFiles } from './ports.ts'

/** How long an answer is kept; by then every notice has been sent or has failed. */
export const ANSWER_DAYS = 90
const DAY_MS = 86_400_000
const CODE_BYTES = 16

export function createErasureAnswers(parts: {
  readonly files: Omit<SealedFiles, 'take'>
  readonly secret: KeyObject
  readonly random: RandomBytes
  readonly now: () => EpochMs
}): ErasureAnswers {
  const { files, secret, random, now } = parts
  const nonce = nonceSource(random)
  /** File name and key, derived independently. */
  const placeOf = (what: string): { readonly name: string; readonly key: KeyObject } => {
    const made = (use: string): Buffer => createHmac('sha256', secret).update(`erasure answer ${use}\0${what}`).digest()
    return { name: made('name').toString('hex').slice(0, 32), key: createSecretKey(made('key')) }
  }
  const write = async (what: string, answer: KeptAnswer): Promise<void> => {
    const { name, key } = placeOf(what)
    const day = answer.at - (answer.at % DAY_MS)
    await files.write(name, seal(key, nonce(), name, JSON.stringify({ ...answer, at: day })), day)
  }
  const read = async (what: string): Promise<KeptAnswer | undefined> => {
    const { name, key } = placeOf(what)
    const sealed = await files.read(name)
    const text = sealed === undefined ? undefined : unseal(key, name, sealed)
    // Sound: only `write` seals under this key.
    const answer = text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as KeptAnswer)
    return answer === undefined || answer.at < now() - ANSWER_DAYS * DAY_MS ? undefined : answer
  }
  /** Hashed with a prefix, so that a code never equals an identity. */
  const ofCode = (code: string): string => `code\0${createHash('sha256').update(code).digest('hex')}`
  return {
    keep: write,
    keepUnderCode: async (answer, code = Buffer.from(random(CODE_BYTES)).toString('base64url')) => {
      await write(ofCode(code), answer)
      return code
    },
    of: async (identities) => {
      const found = await Promise.all(identities.map(read))
      return found.find((answer) => answer !== undefined)
    },
    byCode: (code) => read(ofCode(code)),
    prune: () => files.removeBefore(now() - ANSWER_DAYS * DAY_MS),
  }
}

/** Merges two answers: counts are added for each partner, and the newest revision wins. */
export function addedUp(before: KeptAnswer | undefined, now: KeptAnswer): KeptAnswer {
  if (before === undefined) return now
  return {
    ...now,
    identities: Math.max(before.identities, now.identities),
    recipients: allRecipients([...before.recipients, ...now.recipients]),
    keysDestroyed: before.keysDestroyed + now.keysDestroyed,
    pairsEnded: before.pairsEnded + now.pairsEnded,
    notices: [...new Set([...(before.notices ?? []), ...(now.notices ?? [])])],
  }
}

/** One for each partner, ordered by its id. */
export function allRecipients(found: readonly Recipient[]): readonly Recipient[] {
  const recipients = new Map<string, Recipient>()
  for (const one of found) {
    const known = recipients.get(one.partner) ?? { ...one, disclosures: 0 }
    recipients.set(one.partner, {
      ...(one.lastAt < known.lastAt ? known : one),
      disclosures: known.disclosures + one.disclosures,
      firstAt: Math.min(known.firstAt, one.firstAt),
    })
  }
  return [...recipients.values()].sort((a, b) => (a.partner < b.partner ? -1 : 1))
}
