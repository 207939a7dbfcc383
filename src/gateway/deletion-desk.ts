/** The desk for other companies' deletion requests, where the configuration names who may ask. */
import { randomUUID } from 'node:crypto'
import { findNamespace } from '../choices/namespaces.ts'
import { refusalOf } from '../choices/normal-form.ts'
import type { StateChoice } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { EpochMs } from '../model/brand.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { Revisions } from '../publish/ports.ts'
import { createRequesterKeys } from '../subjects/deletion-keys.ts'
import { createDeletionDesk, type DeletionDesk, type DeletionSigning } from '../subjects/deletion-requests.ts'
import type { EmbeddedChoices } from '../threads/choices-client.ts'
import type { StartedLedger } from '../threads/ledger-client.ts'
import { type Keys, keyedReference } from './keys.ts'
import type { JoinedNotices } from './notices.ts'

interface DeletionDeskParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly choices: EmbeddedChoices
  readonly ledger: StartedLedger
  readonly revisions: Revisions
  readonly notices: Pick<JoinedNotices, 'keepToken'>
  readonly now: () => EpochMs
  readonly log: Log
}

export function openDeletionDesk(
  { config, keys, choices, ledger, revisions, notices, now, log }: DeletionDeskParts,
  stateChoice: StateChoice,
  signing: DeletionSigning,
): DeletionDesk | undefined {
  const { deletionRequests } = config
  if (deletionRequests === undefined) return undefined
  const { domain, endpoint, requesters } = deletionRequests
  return createDeletionDesk({
    domain,
    endpoint,
    keysOf: createRequesterKeys(requesters, (company, error) =>
      log.error({ company, ...describeError(error) }, 'the keys of a company that may ask for deletion cannot be read'),
    ),
    signing,
    choices,
    identityOf: (kind, value) => {
      const found = kind === 'user' ? findNamespace(revisions.current().apps, undefined) : undefined
      if (found?.ok === false) return undefined
      const identity = found?.of === undefined ? { kind, value } : { kind, value, of: found.of }
      return refusalOf(identity) === undefined ? identity : undefined
    },
    stateChoice,
    keepToken: notices.keepToken,
    ledger,
    referenceOf: (issuer, id) => keyedReference(keys.index, 'deletion request', issuer, id),
    newId: randomUUID,
    now,
  })
}
