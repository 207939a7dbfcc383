/**
 * Stores cases. The requester's identities and all texts are sealed under the case's own random key, which is kept wrapped and
 * separately (`docs/decisions/0021-cases.md`). An erasure destroys that key, and with it the content in every copy. The
 * remaining shell holds what a regulator may ask for and identifies no one.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, IdentityKey } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import { createInTurn } from '../../platform/in-turn.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../../platform/seal.ts'
import { type Case, destroys, type Inner, type Shell, type Step } from './case.ts'
import { dayOf } from './clocks.ts'
import type { CaseKeyStore, CaseStore } from './store.ts'

const KEY_BYTES = 32
const ID_CHARACTERS = 12
/** Without easily confused letters. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export interface CaseBook {
  all(): readonly Case[]
  find(id: string): Case | undefined
  /** Durable when it resolves. */
  add(shell: Omit<Shell, 'id'>, inner: Inner): Promise<Case>
  /**
   * Replaces a case by the result of `work`, one change at a time; durable when it resolves. Rejects with `ERR_NOT_FOUND`.
   */
  change(id: string, work: (before: Case) => Case | Promise<Case>): Promise<Case>
  /** Ends every case of these identities and destroys its key; returns those cases. */
  forget(keys: readonly IdentityKey[]): Promise<readonly Case[]>
  /** Removes cases that ended before that day. */
  removeBefore(day: EpochMs): Promise<void>
}

export interface BookParts {
  readonly store: CaseStore
  readonly keys: CaseKeyStore
  /** Wraps the cases' keys. */
  readonly wrappingKey: Uint8Array
  readonly random: RandomBytes
  readonly now: () => EpochMs
  /** Reports an unreadable case to the operator. */
  readonly damaged: (says: string) => void
}

export async function openCaseBook(parts: BookParts): Promise<CaseBook> {
  const { store, keys, random, now } = parts
  const nonce = nonceSource(random)
  const wrapping = createSecretKey(createHmac('sha256', parts.wrappingKey).update('sluice case keys').digest())
  const known = new Map<string, Case>()
  const inTurn = createInTurn()

  const keyOf = async (id: string): Promise<KeyObject | undefined> => {
    const wrapped = await keys.read(id)
    const key = wrapped === undefined ? undefined : unseal(wrapping, id, wrapped)
    return key === undefined ? undefined : createSecretKey(key)
  }
  const keep = async ({ inner, ...shell }: Case, key: KeyObject | undefined): Promise<Case> => {
    const sealed =
      inner === undefined || key === undefined ? undefined : seal(key, nonce(), shell.id, JSON.stringify(inner))
    await store.keep({ id: shell.id, shell: JSON.stringify(shell), sealed })
    const kept = { ...shell, inner: sealed === undefined ? undefined : inner }
    known.set(shell.id, kept)
    return kept
  }
  const forgetOne = async (one: Case): Promise<Case> => {
    // Destroy the key first: a crash in between leaves a case that cannot be opened.
    await keys.destroy(one.id)
    const at = dayOf(now())
    const step: Step = { what: 'erased', at, by: 'gateway' }
    const ended = one.ended ?? { how: destroys(one.kind) ? ('done' as const) : ('erased' as const), at }
    return keep({ ...one, asked: undefined, ended, steps: [...one.steps, step], inner: undefined }, undefined)
  }

  const { cases, damaged } = await store.all()
  for (const says of damaged) parts.damaged(says)
  for (const { id, shell, sealed } of cases) {
    const key = sealed === undefined ? undefined : await keyOf(id)
    const text = sealed === undefined || key === undefined ? undefined : unseal(key, id, sealed)
    // Sound: only `keep` writes shells and seals under these keys.
    const one: Case = {
      ...(JSON.parse(shell) as Shell),
      inner: text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as Inner),
    }
    known.set(id, one)
    if (text === undefined && one.ended === undefined)
      parts.damaged(`case ${id} cannot be opened: its key is not in keys/cases. Restore that, or close the case.`)
  }

  return {
    all: () => [...known.values()],
    find: (id) => known.get(id),
    add: (shell, inner) =>
      inTurn(async () => {
        const id = newId(random)
        const key = random(KEY_BYTES)
        await keys.write(id, seal(wrapping, nonce(), id, key))
        return keep({ id, ...shell, inner }, createSecretKey(Buffer.from(key)))
      }),
    change: (id, work) =>
      inTurn(async () => {
        const before = known.get(id)
        if (before === undefined) throw new GatewayError('ERR_NOT_FOUND')
        const after = await work(before)
        return after === before ? before : keep(after, after.inner === undefined ? undefined : await keyOf(id))
      }),
    forget: (who) =>
      inTurn(async () => {
        const about = [...known.values()].filter(({ inner }) => inner?.who.some((key) => who.includes(key)))
        const forgotten: Case[] = []
        for (const one of about) forgotten.push(await forgetOne(one))
        return forgotten
      }),
    removeBefore: (day) =>
      inTurn(async () => {
        for (const { id, ended } of [...known.values()]) {
          if (ended === undefined || ended.at >= day) continue
          await keys.destroy(id)
          await store.remove(id)
          known.delete(id)
        }
      }),
  }
}

function newId(random: RandomBytes): string {
  return [...random(ID_CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
}
