/**
 * A choice as the ledger keeps it: what was said and through what, in the clear; of whom, sealed under a key that only the
 * gateway holds, one record for each identity. So the choices can be told again from the ledger after a restore, and whoever
 * reads the ledger learns of nobody (`docs/decisions/0005-restoring-choices.md`).
 */
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { Choices, RequestSeal, StateChoice, TellOfChoice, Told } from './ports.ts'

/**
 * In force first, then on record: if the record fails, which rejects with `ERR_LEDGER_UNAVAILABLE`, the person is asked to
 * repeat what already holds.
 */
export function createStateChoice(
  choices: Pick<Choices, 'put'>,
  ledger: { append(records: readonly LedgerEntry[]): Promise<number> },
  seal: RequestSeal['seal'],
  tell: TellOfChoice = () => Promise.resolve(),
): StateChoice {
  return async (keys, statement, app, named = []) => {
    const reached = await choices.put(keys, statement)
    await ledger.append(requestsOf(keys, reached, statement, seal, app))
    await tell({ keys: reached, brought: named, said: statement, ...(app === undefined ? {} : { app }) })
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
