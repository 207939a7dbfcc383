/** Puts a person's rights together from the parts that hold their data, and carries out what must be done before a start. */
import { randomBytes, randomUUID } from 'node:crypto'
import { kindOfKey } from './choices/identity.ts'
import { createStateChoice } from './choices/on-record.ts'
import type { StateChoice } from './choices/ports.ts'
import { type Replayed, replayRequests } from './choices/replay.ts'
import { startChores } from './chores.ts'
import type { GatewayConfig } from './contracts/config.ts'
import type { Revisions } from './contracts/ports.ts'
import type { Intake } from './intake/ports.ts'
import { type Keys, keyedReference } from './keys.ts'
import { Blinder, openSealed } from './ledger/blind.ts'
import type { LedgerKeeping } from './ledger/ports.ts'
import { type EpochMs, type IdentityKey, never } from './model/brand.ts'
import { describeError, type Log } from './observe/log.ts'
import type { PartnerType } from './partners/type.ts'
import { StartRefused } from './start-refused.ts'
import { createDeletionDesk, type DeletionDesk } from './subjects/deletion-requests.ts'
import { createErasures, type Erasures } from './subjects/erase.ts'
import { createErasedGate, type ErasedGate } from './subjects/erased-gate.ts'
import type { Records } from './subjects/ports.ts'
import { createRights, type Rights } from './subjects/rights.ts'
import type { EmbeddedChoices } from './threads/choices-client.ts'
import { createRequesterKeys, deletionSigning } from './threads/deletion-keys.ts'
import type { StartedLedger } from './threads/ledger-client.ts'
import { createLedgerKeys } from './threads/ledger-keys.ts'
import { createRequestSeal } from './threads/request-seal.ts'

const HOUR_MS = 3_600_000
const UUID_BYTES = 16

export interface RightsJoinParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly choices: EmbeddedChoices
  readonly ledger: StartedLedger
  readonly archive: Records & LedgerKeeping
  readonly intake: Intake
  readonly revisions: Revisions
  readonly types: ReadonlyMap<string, PartnerType>
  readonly now: () => EpochMs
  readonly log: Log
}

export interface JoinedRights {
  readonly rights: Rights
  readonly erasures: Erasures
  readonly gate: ErasedGate
  readonly stateChoice: StateChoice
  readonly deletionDesk: DeletionDesk | undefined
  /**
   * Finishes erasures, tells the choices what the ledger has on record and they do not, and begins what is done now and
   * then. MUST be awaited before anything is sent or taken in. Rejects with `StartRefused` where opt-outs would be ignored.
   */
  catchUp(options: { readonly mayLoseChoices: boolean }): Promise<void>
  close(): Promise<void>
}

export function joinRights(parts: RightsJoinParts): JoinedRights {
  const { config, keys, choices, ledger, archive, intake, revisions, types, now, log } = parts
  const seal = createRequestSeal(keys.index, randomBytes)
  const gate = createErasedGate(config.intake.maxAgeHours * HOUR_MS)
  const subjectKeys = createLedgerKeys(
    {
      dataFolder: config.dataFolder,
      keyEncryptionKey: keys.encryption,
      commitmentKey: keys.commitment.export(),
      sealValues: false,
    },
    randomBytes,
  )
  const erasures = createErasures({
    choices,
    intake,
    records: archive,
    ledger,
    keys: subjectKeys,
    stopSending: gate.add,
    seal: seal.seal,
    fraudRetention: (identities, at) => fraudRetention(revisions, identities, at),
    now,
    newId: randomUUID,
  })
  const stateChoice = createStateChoice(choices, ledger, seal.seal)
  const rights = createRights({
    records: archive,
    revisions,
    keys: subjectKeys,
    openSealed: openWith(new Blinder()),
    deletionOf: (type) => types.get(type)?.deletion,
    now,
    erasures,
    ledger,
  })
  const replay = (): Promise<Replayed> =>
    replayRequests({
      choices,
      requests: (after, limit) => archive.find({ kind: 'request', after, limit }),
      seal,
      ledger: { size: ledger.size(), floor: ledger.floor() },
      eraseAgain: erasures.again,
    })
  const acceptLoss = async (from: number): Promise<void> => {
    const facts = { from, floor: ledger.floor() }
    await ledger.append([{ kind: 'control', time: now(), action: 'lost_choices_accepted', facts }])
    await choices.reflect(ledger.floor())
    await settle(parts, await replay())
  }
  /** Not before the choices are caught up: it says that they reflect the ledger. */
  let chores: { stop(): Promise<void> } | undefined
  return {
    rights,
    erasures,
    gate,
    stateChoice,
    deletionDesk: deletionDesk(parts, stateChoice),
    catchUp: async ({ mayLoseChoices }) => {
      const resumed = await erasures.resume()
      if (resumed > 0) log.warn({ erasures: resumed }, 'erasures that a stop had interrupted are finished')
      const told = await replay()
      if (told.kind === 'lost' && mayLoseChoices) await acceptLoss(told.from)
      else await settle(parts, told)
      chores = startChores(parts)
    },
    close: async () => {
      await chores?.stop()
      subjectKeys.close()
    },
  }
}

const LOST =
  'nothing was started: choices.db is older than the oldest record that the ledger still keeps, so opt-outs may be lost. ' +
  'Put back a newer copy of choices.db (docs/erasure-and-retention.md), or start once with --accept-lost-choices.'
const OTHER_KEY =
  'nothing was started: the ledger holds choices that are sealed under another index key than this one, so nobody who ' +
  'opted out would be found. Put back keys/index.key from its own backup.'

/** Says on record what was found at the start. Throws `StartRefused` where nobody would be found. */
async function settle({ ledger, log, now }: RightsJoinParts, replayed: Replayed): Promise<void> {
  switch (replayed.kind) {
    case 'told': {
      const { from, choices, erasures } = replayed
      if (choices + erasures === 0) return
      log.info({ from, choices, erasures }, 'choices told again from the ledger')
      const facts = { from, choices, erasures }
      await ledger.append([{ kind: 'control', time: now(), action: 'choices_told_again', facts }])
      return
    }
    case 'ledger_older': {
      const { reflected } = replayed
      log.error({ reflected, size: ledger.size() }, 'the ledger is older than the choices: records were lost')
      const facts = { reflected, size: ledger.size() }
      await ledger.append([{ kind: 'control', time: now(), action: 'ledger_older_than_choices', facts }])
      return
    }
    case 'other_key':
      throw new StartRefused(OTHER_KEY)
    case 'lost':
      throw new StartRefused(LOST)
    default:
      return never(replayed)
  }
}

/** Devices of an erased person that the policy in force keeps against fraud. */
function fraudRetention({ current }: Revisions, identities: readonly IdentityKey[], at: EpochMs) {
  const { keepForFraud } = current().policy
  if (keepForFraud === undefined) return undefined
  const until = new Date(at)
  until.setUTCMonth(until.getUTCMonth() + keepForFraud.months)
  const kinds: readonly string[] = keepForFraud.identities
  return { keys: identities.filter((key) => kinds.includes(kindOfKey(key))), until: until.getTime() }
}

function openWith(blinder: Blinder) {
  return (id: string, sealed: string, ofPerson: readonly Uint8Array[]): string | undefined => {
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
    if (bytes.length !== UUID_BYTES) return undefined
    for (const key of ofPerson) {
      const opened = openSealed(blinder.sealingKey(key), bytes, Buffer.from(sealed, 'base64'))
      if (opened !== undefined) return opened.toString('utf8')
    }
    return undefined
  }
}

function deletionDesk(
  { config, keys, choices, ledger, now, log }: RightsJoinParts,
  stateChoice: StateChoice,
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
    signing: deletionSigning(keys.deletion),
    choices,
    stateChoice,
    ledger,
    referenceOf: (issuer, id) => keyedReference(keys.index, 'deletion request', issuer, id),
    newId: randomUUID,
    now,
  })
}
