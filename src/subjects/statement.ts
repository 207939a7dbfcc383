/**
 * A subject's statement of disclosures: named recipients, what each received in plain words, when, why, and under which
 * revision (GDPR Art. 15; CJEU C-154/21 requires the recipients, not just categories). It lists every ledger record about these
 * identities. With proofs, the subject can verify each one.
 */
import type { EpochMs, IdentityKey, Revision } from '../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import type { NoticeRow } from '../notices/ports.ts'
import type { DisclosuresByHand, StatedByHand } from './by-hand.ts'
import {
  fieldInWords,
  noticeInWords,
  outcomeInWords,
  reasonInWords,
  type SentAs,
  type StatementWords,
} from './plain-words.ts'
import type { RecordRow, Records, SubjectKeys } from './ports.ts'
import { mayHaveLeft, recordsAbout } from './recipients.ts'
import type { StaffReads } from './staff-reads.ts'
import { ENGLISH } from './words/en.ts'

/** Disclosures on one page; continue with `after`. */
export const MOST_DISCLOSURES = 5_000

export interface StatementParts {
  readonly records: Pick<Records, 'find' | 'record' | 'proof'>
  readonly revisions: { current(): RevisionPlan; kept(revision: Revision): RevisionPlan | undefined }
  readonly keys: SubjectKeys
  /** Opens a disclosure's sealed values under one of these keys; undefined if none matches. */
  readonly openSealed: (id: string, sealed: string, keys: readonly Uint8Array[]) => string | undefined
  /** The deletion procedure of a partner type, if it has one. */
  readonly deletionOf: (type: string) => string | undefined
  /** How a contract's type encodes a class that passes; undefined if the type was removed. */
  readonly sentAs: (contract: ContractPlan, field: string) => SentAs
  readonly staffReads: Pick<StaffReads, 'of'>
  readonly byHand: Pick<DisclosuresByHand, 'of'>
  /** Notices to partners about these identities. */
  readonly noticesAbout: (identities: readonly IdentityKey[]) => Promise<readonly NoticeRow[]>
  readonly now: () => EpochMs
}

export interface StatementOptions {
  /** Number of the last record of the page before. */
  readonly after?: number | undefined
  /** Most disclosures on the page. Default `MOST_DISCLOSURES`. */
  readonly limit?: number | undefined
  /** Adds what is needed to verify it: each record's bytes and proof, kept values, and the subject's keys. */
  readonly withProofs?: boolean
  /** The language of its sentences. Default English. */
  readonly words?: StatementWords
  /** Also lists disclosures found by these identities under any account. Staff only. */
  readonly foundBy?: readonly IdentityKey[] | undefined
  /** Number of linked accounts that are not included; mentioned in the statement. */
  readonly otherAccounts?: number | undefined
  /** Since when the subject has the id: older records, and the keys that open them, belong to someone else. */
  readonly since?: EpochMs | undefined
  /** Keys that equal ids in several namespaces shared: only their records of these apps are included. */
  readonly shared?: { readonly keys: readonly IdentityKey[]; readonly apps: readonly string[] } | undefined
}

export interface StatedRecipient {
  readonly partner: string
  readonly name: string
  readonly role: string
  readonly purposes: readonly string[]
  readonly countries: readonly string[]
  readonly privacy_policy: string
  readonly contact: string
  readonly disclosures: number
  readonly first: string
  readonly last: string
  /** The partner's deletion procedure. */
  readonly deletion?: string
  /** The contract of that revision is no longer kept: the recipient is named by its id. */
  readonly contract_unreadable?: true
}
export interface StatedDisclosure {
  readonly id: string
  readonly seq: number
  /** In whose ledger it is, where there are several. */
  readonly cell?: string
  readonly at: string
  readonly recipient: string
  readonly event: string
  readonly fields: readonly { readonly field: string; readonly treatment: string; readonly in_words: string }[]
  readonly purposes: readonly string[]
  readonly countries: readonly string[]
  readonly why: { readonly code: string; readonly in_words: string }
  readonly revision: number
  readonly law: string
  readonly outcome: { readonly kind: string; readonly in_words: string }
  readonly leaf?: string
  readonly proof?: string
  /** The request as sent, if the operator keeps sealed values. */
  readonly value?: string
}
/** A notice to one partner about one decision, with one identifier. */
export interface StatedNotice {
  /** The day of the subject's request. */
  readonly asked: string
  readonly recipient: string
  readonly verb: string
  /** Final state, or the phase of an open notice. */
  readonly state: string
  readonly in_words: string
}
export interface Statement {
  readonly at: string
  /** Date of the privacy policy in force. */
  readonly policy: string
  /** Contact for questions and complaints. */
  readonly contact: string
  readonly recipients: readonly StatedRecipient[]
  readonly disclosures: readonly StatedDisclosure[]
  /** Decisions to send nothing, by recipient and reason. */
  readonly withheld: readonly {
    readonly recipient: string
    readonly why: string
    readonly in_words: string
    readonly count: number
  }[]
  /** Partners notified of an opt-out or a deletion, and their answers; absent if none. */
  readonly told?: readonly StatedNotice[]
  /** Staff access to the subject's data, by day and operation; absent if none. */
  readonly staff_reads?: readonly { readonly at: string; readonly call: string }[]
  /** Disclosures outside the gateway, such as for legal process; absent if none. */
  readonly by_hand?: readonly StatedByHand[]
  /** What the statement leaves out, if anything. */
  readonly notes?: readonly { readonly code: string; readonly in_words: string }[]
  readonly other_accounts?: number
  /** Cells that did not answer: the statement is incomplete. Absent if none. */
  readonly missing?: readonly string[]
  /** `after` of the next page; absent on the last. A text over several cells. */
  readonly next?: number | string
  /** The subject's keys: they give the blind of every record, which proves that none is missing or foreign. */
  readonly keys?: readonly { readonly epoch: number; readonly key: string }[]
}

/** Shown if the policy names no contact. */
export const NO_CONTACT = 'the publisher of the app, at the address in its privacy policy'

export async function statementOf(
  parts: StatementParts,
  identities: readonly IdentityKey[],
  {
    after = -1,
    limit = MOST_DISCLOSURES,
    withProofs = false,
    since = 0,
    shared,
    foundBy,
    otherAccounts = 0,
    words = ENGLISH,
  }: StatementOptions = {},
): Promise<Statement> {
  const { revisions, records, keys } = parts
  const recipients = new Map<string, StatedRecipient>()
  const disclosures: StatedDisclosure[] = []
  const withheld = new Map<string, Statement['withheld'][number]>()
  // An older key would open another subject's records.
  const own = since > 0 ? [] : identities.flatMap((identity) => keys.all(identity))
  let next: number | undefined
  let isWhole = true
  const incomplete = (): void => {
    isWhole = false
  }
  for await (const row of recordsOf(records, identities, { shared, foundBy }, incomplete)) {
    if (Number(row.time) < since) continue
    if (row.kind === 'withheld') addWithheld(withheld, row, words)
    if (!mayHaveLeft(row)) continue
    const contract = contractOf(revisions, row)
    const disclosure = disclosureOf(row, words, (field) =>
      contract === undefined ? undefined : parts.sentAs(contract, field),
    )
    addRecipient(recipients, disclosure, contract, parts)
    if (disclosure.seq <= after || next !== undefined) continue
    disclosures.push(withProofs ? { ...disclosure, ...(await checkable(parts, row, own)) } : disclosure)
    if (disclosures.length === limit) next = disclosure.seq
  }
  const { policy } = revisions.current()
  const reads = (await parts.staffReads.of(identities)).filter(({ at }) => at >= since)
  const byHand = (await parts.byHand.of(identities)).filter(({ at }) => Date.parse(at) >= since)
  // These records hold only the day: exclude the day on which the subject got the id, because it is ambiguous.
  const told = (await parts.noticesAbout(identities)).filter(({ day }) => day >= since)
  return {
    at: isoTime(parts.now()),
    policy: policy.date,
    contact: policy.contact ?? NO_CONTACT,
    recipients: [...recipients.values()].sort((a, b) => (a.partner < b.partner ? -1 : 1)),
    disclosures,
    withheld: [...withheld.values()],
    ...(told.length === 0 ? {} : { told: told.map((one) => noticeOf(one, words)).toSorted(byDay) }),
    ...(reads.length === 0 ? {} : { staff_reads: reads.map(({ at, call }) => ({ at: isoTime(at), call })) }),
    ...(byHand.length === 0 ? {} : { by_hand: byHand }),
    ...(otherAccounts === 0 ? {} : { other_accounts: otherAccounts }),
    ...notesOf(words, otherAccounts, isWhole),
    ...(next === undefined ? {} : { next }),
    ...(withProofs && since === 0
      ? { keys: own.map(({ epoch, key }) => ({ epoch, key: Buffer.from(key).toString('base64') })) }
      : {}),
  }
}

function noticeOf(row: NoticeRow, words: StatementWords): StatedNotice {
  const { partner, verb, phase, state, day } = row
  const said = { recipient: partner, verb, state: phase === 'ended' ? state : phase }
  return { asked: isoTime(day).slice(0, 10), ...said, in_words: noticeInWords(words, row) }
}

export function byDay(a: StatedNotice, b: StatedNotice): number {
  const [one, other] = [a, b].map(({ asked, recipient, in_words: words }) => [asked, recipient, words].join('\0'))
  return one! < other! ? -1 : one === other ? 0 : 1
}

function notesOf({ notes: said }: StatementWords, otherAccounts: number, isWhole: boolean): Pick<Statement, 'notes'> {
  const accounts = { code: 'accounts_not_looked_at', in_words: said.accounts(otherAccounts) }
  const lacking = { code: 'records_unknown', in_words: said.lacking }
  const notes = [...(otherAccounts === 0 ? [] : [accounts]), ...(isWhole ? [] : [lacking])]
  return notes.length === 0 ? {} : { notes }
}

/** Records under shared keys come first: they predate the subject's own key. */
async function* recordsOf(
  records: StatementParts['records'],
  identities: readonly IdentityKey[],
  { shared, foundBy = [] }: Pick<StatementOptions, 'shared' | 'foundBy'>,
  incomplete: () => void,
): AsyncGenerator<RecordRow> {
  if (shared !== undefined && shared.keys.length > 0) {
    for await (const row of recordsAbout(records, { keys: shared.keys }, incomplete))
      if (shared.apps.includes(String(row.app))) yield row
  }
  yield* recordsAbout(records, { keys: identities, foundBy }, incomplete)
}

/** The casts are sound: rows are decoded records, and these belong to an INTENT. */
function disclosureOf(row: RecordRow, words: StatementWords, sentAs: (field: string) => SentAs): StatedDisclosure {
  const treatments = Object.entries((row.treatments ?? {}) as Record<string, string>)
  const outcome = (row.outcome as { readonly kind?: string } | undefined)?.kind
  return {
    id: row.id as string,
    seq: row.seq as number,
    at: isoTime(row.time as number),
    recipient: row.partner as string,
    event: row.event as string,
    fields: treatments.map(([field, treatment]) => ({
      field,
      treatment,
      in_words: fieldInWords(words, field, treatment, sentAs(field)),
    })),
    purposes: row.purposes as readonly string[],
    countries: row.countries as readonly string[],
    why: { code: row.why as string, in_words: reasonInWords(words, row.why as string) },
    revision: row.revision as number,
    law: row.regime as string,
    outcome: { kind: outcome ?? 'open', in_words: outcomeInWords(words, outcome) },
  }
}

async function checkable(
  { records, openSealed }: StatementParts,
  row: RecordRow,
  keys: readonly { readonly key: Uint8Array }[],
): Promise<Pick<StatedDisclosure, 'leaf' | 'proof' | 'value'>> {
  const seq = row.seq as number
  const { leaf } = (await records.record({ seq })) ?? {}
  const proof = await records.proof({ seq })
  const value =
    typeof row.sealed === 'string'
      ? openSealed(
          row.id as string,
          row.sealed,
          keys.map(({ key }) => key),
        )
      : undefined
  return {
    ...(typeof leaf === 'string' ? { leaf } : {}),
    ...(proof === undefined ? {} : { proof }),
    ...(value === undefined ? {} : { value }),
  }
}

/** The contract of that revision: a removed partner is still named. */
function contractOf({ kept }: StatementParts['revisions'], { partner, revision }: RecordRow): ContractPlan | undefined {
  return kept(revision as Revision)?.contracts.find(({ id }) => id === partner)
}

function addRecipient(
  recipients: Map<string, StatedRecipient>,
  { recipient, at, purposes, countries }: StatedDisclosure,
  contract: ContractPlan | undefined,
  { deletionOf }: StatementParts,
): void {
  const known = recipients.get(recipient)
  const deletion = contract === undefined ? known?.deletion : deletionOf(contract.type)
  recipients.set(recipient, {
    partner: recipient,
    name: contract?.name ?? known?.name ?? recipient,
    role: contract?.role ?? known?.role ?? '',
    purposes: together(known?.purposes, purposes),
    countries: together(known?.countries, countries),
    privacy_policy: contract?.privacyPolicy ?? known?.privacy_policy ?? '',
    contact: contract?.contact ?? known?.contact ?? '',
    disclosures: (known?.disclosures ?? 0) + 1,
    first: known === undefined || at < known.first ? at : known.first,
    last: known === undefined || at > known.last ? at : known.last,
    ...(deletion === undefined ? {} : { deletion }),
    ...(contract === undefined && (known === undefined || known.contract_unreadable === true)
      ? { contract_unreadable: true as const }
      : {}),
  })
}

function addWithheld(
  withheld: Map<string, Statement['withheld'][number]>,
  row: RecordRow,
  words: StatementWords,
): void {
  const recipient = row.partner as string
  const why = row.why as string
  const key = `${recipient}\0${why}`
  const count = (withheld.get(key)?.count ?? 0) + 1
  withheld.set(key, { recipient, why, in_words: reasonInWords(words, why), count })
}

export function together(before: readonly string[] = [], now: readonly string[]): readonly string[] {
  return [...new Set([...before, ...now])].sort()
}

function isoTime(time: EpochMs): string {
  return new Date(time).toISOString()
}
