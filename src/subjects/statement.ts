/**
 * A person's statement of disclosures: named recipients, what each got in plain words, when, why, and under which revision
 * (GDPR Art. 15; CJEU C-154/21 asks for the recipients themselves, not for their kinds). Complete: it is every record the
 * ledger has about these identities, and where proofs come along the person can check each without trusting us.
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

/** Disclosures that one statement spells out; of more, the rest comes with `after`. */
export const MOST_DISCLOSURES = 5_000

export interface StatementParts {
  readonly records: Pick<Records, 'find' | 'record' | 'proof'>
  readonly revisions: { current(): RevisionPlan; kept(revision: Revision): RevisionPlan | undefined }
  readonly keys: SubjectKeys
  /** Opens what was sealed of a disclosure under one of these keys; undefined where none fits. */
  readonly openSealed: (id: string, sealed: string, keys: readonly Uint8Array[]) => string | undefined
  /** How a partner of this type is asked to delete, where it has a call for that. */
  readonly deletionOf: (type: string) => string | undefined
  /** How a contract's type writes a class that passes whole; undefined where the type is gone. */
  readonly sentAs: (contract: ContractPlan, field: string) => SentAs
  readonly staffReads: Pick<StaffReads, 'of'>
  readonly byHand: Pick<DisclosuresByHand, 'of'>
  /** Whom partners were told about under these identities' keys. */
  readonly noticesAbout: (identities: readonly IdentityKey[]) => Promise<readonly NoticeRow[]>
  readonly now: () => EpochMs
}

export interface StatementOptions {
  /** Number of the last record of the page before. */
  readonly after?: number
  /** Adds what a person needs to check it: each record's bytes and proof, the values where they were kept, their own keys. */
  readonly withProofs?: boolean
  /** The language of its sentences; English unless said otherwise. */
  readonly words?: StatementWords
  /** Lists what left with these identities, too, whoever was logged in. Only for staff. */
  readonly foundBy?: readonly IdentityKey[] | undefined
  /** Accounts linked to these identities that were not looked at: the statement says so. */
  readonly otherAccounts?: number | undefined
  /** Since when the person has the id: what is older is somebody else's, and so are keys that would open it. */
  readonly since?: EpochMs | undefined
  /** Keys that equal ids of several people had: of what is about them, the records of these apps. */
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
  /** The partner's own way to be asked for deletion. */
  readonly deletion?: string
  /** No contract of then can be read any more: the recipient is named by its id. */
  readonly contract_unreadable?: true
}
export interface StatedDisclosure {
  readonly id: string
  readonly seq: number
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
  /** The request as it was sent, where the operator keeps sealed values. */
  readonly value?: string
}
/** One partner told, or to be told, of one decision by one identifier. */
export interface StatedNotice {
  /** The day on which the person asked. */
  readonly asked: string
  readonly recipient: string
  readonly verb: string
  /** A state, or the phase of one that has not ended. */
  readonly state: string
  readonly in_words: string
}
export interface Statement {
  readonly at: string
  /** Date of the privacy policy in force. */
  readonly policy: string
  /** Whom to ask, or to complain to. */
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
  /** Whom we told of an opt-out or a deletion, and what they answered; absent where nobody. */
  readonly told?: readonly StatedNotice[]
  /** When staff looked at this person's data, and by which call; absent where nobody did. */
  readonly staff_reads?: readonly { readonly at: string; readonly call: string }[]
  /** Disclosures made by hand, such as to legal process; absent where there were none. */
  readonly by_hand?: readonly StatedByHand[]
  /** What the statement leaves out, if anything. */
  readonly notes?: readonly { readonly code: string; readonly in_words: string }[]
  readonly other_accounts?: number
  /** Give it as `after` for the rest; absent where this is all. */
  readonly next?: number
  /** The person's own keys: with them the blind of every record can be computed, so that none is missing or foreign. */
  readonly keys?: readonly { readonly epoch: number; readonly key: string }[]
}

/** Shown where the policy names nobody. */
export const NO_CONTACT = 'the publisher of the app, at the address in its privacy policy'

export async function statementOf(
  parts: StatementParts,
  identities: readonly IdentityKey[],
  {
    after = -1,
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
  // A key of before would open somebody else's records.
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
    if (disclosures.length === MOST_DISCLOSURES) next = disclosure.seq
  }
  const { policy } = revisions.current()
  const reads = (await parts.staffReads.of(identities)).filter(({ at }) => at >= since)
  const byHand = (await parts.byHand.of(identities)).filter(({ at }) => Date.parse(at) >= since)
  // Their day begins before the moment: of the day on which somebody got the id, none is theirs for sure.
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

function byDay(a: StatedNotice, b: StatedNotice): number {
  const [one, other] = [a, b].map(({ asked, recipient, in_words: words }) => [asked, recipient, words].join('\0'))
  return one! < other! ? -1 : one === other ? 0 : 1
}

function notesOf({ notes: said }: StatementWords, otherAccounts: number, isWhole: boolean): Pick<Statement, 'notes'> {
  const accounts = { code: 'accounts_not_looked_at', in_words: said.accounts(otherAccounts) }
  const lacking = { code: 'records_unknown', in_words: said.lacking }
  const notes = [...(otherAccounts === 0 ? [] : [accounts]), ...(isWhole ? [] : [lacking])]
  return notes.length === 0 ? {} : { notes }
}

/** Those under shared keys come first: they are from before the person had a key of their own. */
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

/** The casts are sound: rows are records in words, and these are an INTENT's. */
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

/** The contract as it was then: a partner that is gone is named all the same. */
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

function together(before: readonly string[] = [], now: readonly string[]): readonly string[] {
  return [...new Set([...before, ...now])].sort()
}

function isoTime(time: EpochMs): string {
  return new Date(time).toISOString()
}
