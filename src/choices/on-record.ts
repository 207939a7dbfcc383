/**
 * A choice as the ledger keeps it: what was said and through what, in the clear; of whom, sealed under a key that only the
 * gateway holds, one record for each identity. So the choices can be told again from the ledger after a restore, and whoever
 * reads the ledger learns of nobody (`docs/decisions/0005-restoring-choices.md`).
 */
import type { AppId, EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel, ChoiceStatement } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { Choices, StateChoice } from './ports.ts'

/** What a sealed part of a REQUEST says. */
export type Told =
  | {
      readonly kind: 'choice'
      readonly key: IdentityKey
      /** False where it came along a link: then it only narrows. */
      readonly named: boolean
      readonly said: ChoiceStatement
    }
  | {
      readonly kind: 'erasure'
      readonly key: IdentityKey
      readonly id: string
      readonly at: EpochMs
      readonly channel: Channel
    }

export interface RequestSeal {
  seal(told: Told): string
  /** Undefined where it was sealed under another key, or was altered. */
  open(sealed: string): Told | undefined
}

/**
 * In force first, then on record: if the record fails, which rejects with `ERR_LEDGER_UNAVAILABLE`, the person is asked to
 * repeat what already holds.
 */
export function createStateChoice(
  choices: Pick<Choices, 'put'>,
  ledger: { append(records: readonly LedgerEntry[]): Promise<number> },
  seal: RequestSeal['seal'],
): StateChoice {
  return async (keys, statement, app) => {
    const reached = await choices.put(keys, statement)
    await ledger.append(requestsOf(keys, reached, statement, seal, app))
  }
}

function requestsOf(
  named: readonly IdentityKey[],
  reached: readonly IdentityKey[],
  said: ChoiceStatement,
  seal: RequestSeal['seal'],
  app: AppId | undefined,
): readonly LedgerEntry[] {
  const { channel, denies, permits, child, at } = said
  // In an order that says nothing of who is the account and who the device.
  return [...reached].sort().map((key) => {
    const told: Told = { kind: 'choice', key, named: named.includes(key), said }
    const facts = { channel, denies, permits, child: child ? 1 : 0, sealed: seal(told) }
    return { kind: 'request', time: at, action: 'choice', facts: app === undefined ? facts : { app, ...facts } }
  })
}
