/**
 * Records choices in the ledger: the choice and its channel in the clear, the identity sealed under a key that only the
 * gateway holds, one record for each identity. Choices can then be restored from the ledger after a loss, and a reader of the
 * ledger learns no identity (`docs/decisions/0005-restoring-choices.md`).
 */
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { Choices, NotifyOfChoices, RequestSeal, SealedRequest, StateChoice } from './ports.ts'

/**
 * In force first, then on record: if recording fails, the call rejects with `ERR_LEDGER_UNAVAILABLE` and the client repeats
 * a choice that is already in force.
 */
export function createStateChoice(
  choices: Pick<Choices, 'put'>,
  ledger: { append(records: readonly LedgerEntry[]): Promise<number> },
  seal: RequestSeal['seal'],
  notify: NotifyOfChoices = () => Promise.resolve(),
): StateChoice {
  return async (keys, statement, app, named = []) => {
    const reached = await choices.put(keys, statement)
    await ledger.append(requestsOf(keys, reached, statement, seal, app))
    await notify([{ keys: reached, brought: named, said: statement, ...(app === undefined ? {} : { app }) }])
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
  // Sorted, so that the order does not distinguish accounts from devices.
  return [...reached].sort().map((key) => {
    const request: SealedRequest = { kind: 'choice', key, named: named.includes(key), said }
    const facts = { channel, denies, permits, child: child ? 1 : 0, sealed: seal(request) }
    return { kind: 'request', time: at, action: 'choice', facts: app === undefined ? facts : { app, ...facts } }
  })
}
