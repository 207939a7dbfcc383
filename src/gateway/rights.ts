/** Puts a person's rights together from the parts that hold their data, and carries out what must be done before a start. */
import { createHmac, createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { kindOfKey } from '../choices/identity.ts'
import { namedNamespaces } from '../choices/namespaces.ts'
import { createStateChoice } from '../choices/on-record.ts'
import type { StateChoice } from '../choices/ports.ts'
import { createRequestSeal } from '../choices/request-seal.ts'
import { type Restored, restoreChoices } from '../choices/restore.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { Intake } from '../intake/ports.ts'
import { Blinder, openSealed } from '../ledger/blind.ts'
import { createLedgerKeys } from '../ledger/keys.ts'
import type { LedgerArchive, LedgerRetention } from '../ledger/ports.ts'
import { monthsBefore } from '../ledger/prune.ts'
import { type EpochMs, type IdentityKey, never } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { FieldClass } from '../model/field-class.ts'
import type { Log } from '../observe/log.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import { createSendsAs } from '../partners/kit/sends-as.ts'
import type { Revisions } from '../publish/ports.ts'
import { readSubjectKeys } from '../storage/sqlite/subject-keys.ts'
import { createDisclosuresByHand, type DisclosuresByHand } from '../subjects/by-hand.ts'
import { deletionSigning } from '../subjects/deletion-keys.ts'
import type { DeletionDesk, DeletionSigning } from '../subjects/deletion-requests.ts'
import type { CaseBook } from '../subjects/desk/book.ts'
import type { ChildrenLearnt } from '../subjects/desk/children.ts'
import type { Desk } from '../subjects/desk/desk.ts'
import { erasedRecords } from '../subjects/desk/on-record.ts'
import { createErasures, type Erasures } from '../subjects/erase.ts'
import { createErasedGate, type ErasedGate } from '../subjects/erased-gate.ts'
import { createErasureAnswers } from '../subjects/erasure-answers.ts'
import { createPersonLinks, type PersonLinks } from '../subjects/links.ts'
import type { Packs } from '../subjects/packs.ts'
import type { Records } from '../subjects/ports.ts'
import type { Receipts } from '../subjects/receipts.ts'
import type { ReleasedTables } from '../subjects/released-tables.ts'
import { createRights, type Rights, type RightsParts } from '../subjects/rights.ts'
import { createStaffReads, type StaffReads } from '../subjects/staff-reads.ts'
import type { Statement } from '../subjects/statement.ts'
import { createStatementHere, type StatementQuestion } from '../subjects/statement-of-cells.ts'
import type { EmbeddedChoices } from '../threads/choices-client.ts'
import type { StartedLedger } from '../threads/ledger-client.ts'
import { openDeletionDesk } from './deletion-desk.ts'
import { joinChildren, joinDesk } from './desk.ts'
import type { createElsewhere } from './elsewhere.ts'
import type { Keys } from './keys.ts'
import { startChores } from './maintenance.ts'
import type { JoinedNotices } from './notices.ts'
import { sharedOf, tablesOf } from './packs.ts'
import { receiptsOf } from './receipts.ts'
import { sealedFiles } from './sealed-files.ts'
import { StartRefused } from './start-refused.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const UUID_BYTES = 16

export interface RightsJoinParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly choices: EmbeddedChoices
  readonly ledger: StartedLedger
  readonly archive: Records &
    LedgerRetention &
    Pick<LedgerArchive, 'serve' | 'evidence' | 'concerned' | 'cohorts' | 'count'>
  /** Before anything is pruned. */
  readonly takeInHolds: () => Promise<void>
  readonly intake: Intake
  readonly revisions: Revisions
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly cases: CaseBook
  readonly notices: JoinedNotices
  readonly elsewhere: ReturnType<typeof createElsewhere>
  readonly now: () => EpochMs
  readonly log: Log
}

export interface JoinedRights {
  readonly desk: Desk
  readonly children: ChildrenLearnt
  readonly byHand: DisclosuresByHand
  readonly rights: Rights
  /** What this cell holds about somebody whom another one was asked about. */
  readonly statementHere: (question: StatementQuestion) => Promise<Statement>
  readonly staffReads: StaffReads
  readonly links: PersonLinks
  readonly receipts: Receipts
  readonly packs: Packs
  readonly tables: ReleasedTables
  /** Seals what a person's page carries. */
  readonly pageKey: KeyObject
  readonly erasures: Erasures
  /** What a thread remembers of people's values goes with each erasure, before it is answered. */
  readonly forgetWithErasure: (forget: () => void) => void
  readonly gate: ErasedGate
  readonly stateChoice: StateChoice
  readonly deletionDesk: DeletionDesk | undefined
  /** By it our acknowledgements and the tokens of notices are signed. */
  readonly deletionSigning: DeletionSigning
  /**
   * Finishes erasures, tells the choices what the ledger has on record and they do not, and begins what is done now and
   * then. MUST be awaited before anything is sent or taken in. Rejects with `StartRefused` where opt-outs would be ignored.
   */
  catchUp(options: { readonly mayLoseChoices: boolean }): Promise<void>
  close(): Promise<void>
}

export function joinRights(parts: RightsJoinParts): JoinedRights {
  const { config, keys, choices, ledger, archive, intake, revisions, types, notices, cases, now, log } = parts
  const seal = createRequestSeal(keys.index, randomBytes)
  const gate = createErasedGate(config.intake.maxAgeHours * HOUR_MS)
  const subjectKeys = createLedgerKeys({
    open: () => readSubjectKeys(config.dataFolder),
    keyEncryptionKey: keys.encryption,
    commitmentKey: keys.commitment.export(),
    sealValues: false,
    random: randomBytes,
  })
  const signing = deletionSigning(keys.deletion)
  const forgets: (() => void)[] = []
  const answers = createErasureAnswers({
    files: sealedFiles(config.dataFolder, 'erasure-answers'),
    secret: keys.index,
    random: randomBytes,
    now,
  })
  const links = createPersonLinks({
    files: sealedFiles(config.dataFolder, 'person-links'),
    secret: keys.index,
    random: randomBytes,
    now,
  })
  const erasures = createErasures({
    choices,
    intake: {
      // Behind the last event of the person that could be looked through, and before anybody is answered.
      purge: async (...given) => {
        const purged = await intake.purge(...given)
        for (const forget of forgets) forget()
        notices.book.forget()
        const closed = erasedRecords(await cases.forget(given[0]), now() - (now() % DAY_MS))
        if (closed.length > 0) await ledger.append(closed)
        return purged
      },
    },
    records: archive,
    ledger,
    keys: subjectKeys,
    stopSending: gate.add,
    seal: seal.seal,
    fraudRetention: (identities, at) => fraudRetention(revisions, identities, at),
    holds: () => archive.holds(),
    answers,
    tell: notices.planner.planErasure,
    forgetAddresses: notices.asked.forget,
    isAccount: (key) => kindOfKey(key) === 'user',
    ...{ elsewhere: parts.elsewhere.erasures, now, newId: randomUUID },
  })
  const stateChoice = createStateChoice(choices, ledger, seal.seal, notices.tell)
  const staffReads = createStaffReads({ ledger, records: archive, keys: subjectKeys, random: randomBytes, now })
  const handFiles = sealedFiles(config.dataFolder, 'by-hand')
  const secret = keys.encryption
  const hand = { files: handFiles, secret, ledger, records: archive, keys: subjectKeys, random: randomBytes, now }
  const byHand = createDisclosuresByHand(hand)
  const rightsParts: RightsParts = {
    ...{ staffReads, byHand },
    cells: parts.elsewhere.rights,
    records: archive,
    revisions,
    keys: subjectKeys,
    openSealed: openWith(new Blinder()),
    deletionOf: (type) => types.get(type)?.deletion,
    sentAs: sentAsOf(types),
    noticesAbout: notices.asked.ofIdentities,
    now,
    erasures,
    noticesOf: notices.asked.byIds,
    ledger,
  }
  const rights = createRights(rightsParts)
  const replay = (): Promise<Restored> =>
    restoreChoices({
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
  const children = joinChildren({ choices, intake, ledger, now })
  /** As long as the ledger's own records of them are kept. */
  const pruneCases = async (): Promise<void> => {
    const day = monthsBefore(now(), config.ledger.retentionMonths)
    await cases.removeBefore(day)
    await handFiles.removeBefore(day)
  }
  /** Not before the choices are caught up: it says that they reflect the ledger. */
  let chores: { stop(): Promise<void> } | undefined
  return {
    rights,
    statementHere: createStatementHere(rightsParts, staffReads),
    children,
    byHand,
    desk: joinDesk({ book: cases, ledger, records: archive, choices, stateChoice, rights, links, now }),
    staffReads,
    links,
    receipts: receiptsOf(parts),
    ...sharedOf(parts),
    pageKey: createSecretKey(createHmac('sha256', keys.index).update('sluice pages of persons').digest()),
    erasures,
    forgetWithErasure: (forget) => {
      forgets.push(forget)
    },
    gate,
    stateChoice,
    deletionDesk: openDeletionDesk(parts, stateChoice, signing),
    deletionSigning: signing,
    catchUp: async ({ mayLoseChoices }) => {
      await requireSignals(parts, mayLoseChoices)
      const resumed = await erasures.resume()
      if (resumed > 0) log.warn({ erasures: resumed }, 'erasures that a stop had interrupted are finished')
      const told = await replay()
      if (told.kind === 'lost' && mayLoseChoices) await acceptLoss(told.from)
      else await settle(parts, told)
      // A folder may come from a start that ended between a revision and its namespaces, or from before there were any.
      await choices.splitNamespaces(namedNamespaces(revisions.current().apps), true)
      chores = startChores({
        ...parts,
        prune: withShared(parts, [parts.takeInHolds, answers.prune, links.prune, pruneCases, children.flush]),
      })
    },
    close: async () => {
      await chores?.stop()
      await children.flush(true)
      subjectKeys.close()
    },
  }
}

/** Addresses go with the records of what was sent to them, and what ended with the records of that. */
async function pruneNotices({ notices, config, now }: RightsJoinParts): Promise<void> {
  const before = monthsBefore(now(), config.ledger.retentionMonths)
  await notices.asked.prune({ addresses: before, ended: before })
}

/**
 * What devices and requests signalled is in `choices.db` alone. Throws `StartRefused` where it was lost and nobody said
 * that this will do.
 */
async function requireSignals({ choices, ledger, now, log }: RightsJoinParts, mayLose: boolean): Promise<void> {
  const { lostSignals: lost } = choices
  if (lost === undefined) return
  // A folder in which nothing was ever recorded has lost nothing.
  if (lost.learnt === undefined && ledger.size() === 0) return choices.acceptLostSignals()
  if (!mayLose) throw new StartRefused(LOST_SIGNALS)
  const facts = { kept: lost.kept, ...(lost.learnt === undefined ? {} : { learnt: lost.learnt }) }
  log.warn(facts, 'choices.db lost signals that had been learnt: children, opt-out signals, limits of devices')
  await ledger.append([{ kind: 'control', time: now(), action: 'lost_signals_accepted', facts }])
  await choices.acceptLostSignals()
}

const LOST_SIGNALS =
  'nothing was started: choices.db is missing or an older copy than was here before. The ledger has every opt-out on ' +
  'record, but not what devices and requests signalled (that somebody is a child, GPC, a limit of the device), so these ' +
  'people would be shared again. Put back the newest choices.db (docs/erasure-and-retention.md), or start once with ' +
  '--accept-lost-choices: opt-outs are then told again from the ledger, and the signals are gone until they are sent again.'
const LOST =
  'nothing was started: choices.db is older than the oldest record that the ledger still keeps, so opt-outs may be lost. ' +
  'Put back a newer copy of choices.db (docs/erasure-and-retention.md), or start once with --accept-lost-choices.'
const OTHER_KEY =
  'nothing was started: the ledger holds choices that are sealed under another index key than this one, so nobody who ' +
  'opted out would be found. Put back keys/index.key from its own backup.'

/** Says on record what was found at the start. Throws `StartRefused` where nobody would be found. */
async function settle({ ledger, log, now }: RightsJoinParts, replayed: Restored): Promise<void> {
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
  // To the day, and not before: one moment for all devices of a person would tie them to each other.
  until.setUTCHours(24, 0, 0, 0)
  const kinds: readonly string[] = keepForFraud.identities
  return { keys: identities.filter((key) => kinds.includes(kindOfKey(key))), until: until.getTime() }
}

/** Whether a field left as it was or hashed, by the type's own interface. */
function sentAsOf(types: RightsJoinParts['types']) {
  const sendsAs = createSendsAs()
  return ({ type, connection }: Pick<ContractPlan, 'type' | 'connection'>, field: string) => {
    const known = types.get(type)
    if (known === undefined) return undefined
    // Sound: fields of a record are classes; another name is simply not among those that are hashed.
    return sendsAs(known, connection)(field as FieldClass) === 'hashed' ? 'hashed' : 'plain'
  }
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

function withShared(parts: RightsJoinParts, own: readonly (() => Promise<void>)[]): readonly (() => Promise<void>)[] {
  return [...own, () => pruneNotices(parts), tablesOf(parts).releaseDue]
}
