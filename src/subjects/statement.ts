/**
 * A person's statement of disclosures: named recipients, what each got in plain words, when, why, and under which revision
 * (GDPR Art. 15; CJEU C-154/21 asks for the recipients themselves, not for their kinds). Complete: it is every record the
 * ledger has about these identities, and where proofs come along the person can check each without trusting us.
 */
import type { EpochMs, IdentityKey, Revision } from '../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import { REASONS, type Reason } from '../model/reason.ts'
import { fieldInWords, outcomeInWords } from './plain-words.ts'
import type { RecordRow, Records, SubjectKeys } from './ports.ts'
import { mayHaveLeft, recordsAbout } from './recipients.ts'

/** Disclosures that one statement spells out; of more, the rest comes with `after`. */
export const MOST_DISCLOSURES = 5_000

export interface StatementParts {
  readonly records: Pick<Records, 'find' | 'record' | 'proof'>
  readonly revisions: { current(): RevisionPlan; at(revision: Revision): RevisionPlan | undefined }
  readonly keys: SubjectKeys
  /** Opens what was sealed of a disclosure under one of these keys; undefined where none fits. */
  readonly openSealed: (id: string, sealed: string, keys: readonly Uint8Array[]) => string | undefined
  /** How a partner of this type is asked to delete, where it has a call for that. */
  readonly deletionOf: (type: string) => string | undefined
  readonly now: () => EpochMs
}

export interface StatementOptions {
  /** Number of the last record of the page before. */
  readonly after?: number
  /** Adds what a person needs to check it: each record's bytes and proof, the values where they were kept, their own keys. */
  readonly withProofs?: boolean
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
  { after = -1, withProofs = false }: StatementOptions = {},
): Promise<Statement> {
  const { revisions, records, keys } = parts
  const recipients = new Map<string, StatedRecipient>()
  const disclosures: StatedDisclosure[] = []
  const withheld = new Map<string, Statement['withheld'][number]>()
  const own = identities.flatMap((identity) => keys.all(identity))
  let next: number | undefined
  for await (const row of recordsAbout(records, identities)) {
    if (row.kind === 'withheld') addWithheld(withheld, row)
    if (!mayHaveLeft(row)) continue
    const disclosure = disclosureOf(row)
    addRecipient(recipients, disclosure, contractOf(revisions, row), parts)
    if (disclosure.seq <= after || next !== undefined) continue
    disclosures.push(withProofs ? { ...disclosure, ...(await checkable(parts, row, own)) } : disclosure)
    if (disclosures.length === MOST_DISCLOSURES) next = disclosure.seq
  }
  const { policy } = revisions.current()
  return {
    at: isoTime(parts.now()),
    policy: policy.date,
    contact: policy.contact ?? NO_CONTACT,
    recipients: [...recipients.values()].sort((a, b) => (a.partner < b.partner ? -1 : 1)),
    disclosures,
    withheld: [...withheld.values()],
    ...(next === undefined ? {} : { next }),
    ...(withProofs ? { keys: own.map(({ epoch, key }) => ({ epoch, key: Buffer.from(key).toString('base64') })) } : {}),
  }
}

/** The casts are sound: rows are records in words, and these are an INTENT's. */
function disclosureOf(row: RecordRow): StatedDisclosure {
  const treatments = Object.entries((row.treatments ?? {}) as Record<string, string>)
  const outcome = (row.outcome as { readonly kind?: string } | undefined)?.kind
  return {
    id: row.id as string,
    seq: row.seq as number,
    at: isoTime(row.time as number),
    recipient: row.partner as string,
    event: row.event as string,
    fields: treatments.map(([field, treatment]) => ({ field, treatment, in_words: fieldInWords(field, treatment) })),
    purposes: row.purposes as readonly string[],
    countries: row.countries as readonly string[],
    why: { code: row.why as string, in_words: reasonInWords(row.why as string) },
    revision: row.revision as number,
    law: row.regime as string,
    outcome: { kind: outcome ?? 'open', in_words: outcomeInWords(outcome) },
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
function contractOf({ at }: StatementParts['revisions'], { partner, revision }: RecordRow): ContractPlan | undefined {
  return at(revision as Revision)?.contracts.find(({ id }) => id === partner)
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
  })
}

function addWithheld(withheld: Map<string, Statement['withheld'][number]>, row: RecordRow): void {
  const recipient = row.partner as string
  const why = row.why as string
  const key = `${recipient}\0${why}`
  const count = (withheld.get(key)?.count ?? 0) + 1
  withheld.set(key, { recipient, why, in_words: reasonInWords(why), count })
}

function together(before: readonly string[] = [], now: readonly string[]): readonly string[] {
  return [...new Set([...before, ...now])].sort()
}

function reasonInWords(why: string): string {
  return Object.hasOwn(REASONS, why) ? REASONS[why as Reason] : why
}

function isoTime(time: EpochMs): string {
  return new Date(time).toISOString()
}
