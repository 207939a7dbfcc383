/**
 * Explains one disclosure: its record, the verdict, the rule and contract line that bound each field, the revision, and
 * whether the same decision would be made today.
 */
import { DEFAULTS_FILE, withDefaults } from '../contracts/defaults.ts'
import { parseSource, type Source } from '../contracts/source.ts'
import { type Rerun, rerunDecision } from '../decide/rerun.ts'
import { boundTermsOf, type Terms } from '../decide/terms.ts'
import type { PartnerId } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { type IntentRecord, VERDICT_BITS } from '../model/disclosure.ts'
import { DROP, type FieldClass, type Level, treatmentName } from '../model/field-class.ts'
import { REASONS, type Reason, sentenceOfField } from '../model/reason.ts'
import { partnerTypes } from '../partners/registry.ts'
import { finestLevelFor } from '../transform/coarse-coordinates.ts'
import type { ControlDeps } from './deps.ts'

export interface ExplainedField {
  readonly field: FieldClass
  readonly treatment: string
  readonly why: Reason
  readonly says: string
  /** The contract line; absent if a law, a signal or the partner's interface decided. */
  readonly line?: ContractLine
}
export interface ContractLine {
  readonly revision: number
  /** File and line in that revision's configuration; absent for revisions kept without files. */
  readonly file?: string
  readonly lineNumber?: number
  /** JSON pointer into the revision's own file. */
  readonly pointer: string
}
export interface ExplainedDisclosure {
  readonly verdict: { readonly regime: string; readonly bits: readonly string[] }
  readonly rule: { readonly why: Reason; readonly says: string }
  readonly revision:
    | { readonly number: number; readonly digest: string; readonly isThatOfTheRecord: boolean }
    | undefined
  readonly acceptedRevision: { readonly number: number; readonly digest: string } | undefined
  readonly contract: ContractLine | undefined
  readonly fields: readonly ExplainedField[]
  readonly again: {
    readonly same: boolean
    readonly differences: readonly string[]
    /** The grounds, in sentences. */
    readonly notes: readonly string[]
  }
}

const NOTES: readonly string[] = [
  'Decided again from the record, the contracts and policies of both revisions, and the partner types of this version.',
  'Signals and consent strings are not on record; what they came to is, and is taken as it was.',
]

type Deps = Pick<ControlDeps, 'revisions'>

export async function explainDisclosure(record: IntentRecord, { revisions }: Deps): Promise<ExplainedDisclosure> {
  const { why, regime, verdict, partner } = record
  const now = revisions.kept(record.revision)
  const accepted = revisions.kept(record.acceptedRevision)
  const again = rerun(record, accepted, now)
  const line = now === undefined ? undefined : await contractLines(partner, now, () => revisions.texts(now.number))
  return {
    verdict: {
      regime,
      bits: Object.entries(VERDICT_BITS).flatMap(([name, bit]) => ((verdict & bit) === 0 ? [] : [name])),
    },
    rule: { why, says: REASONS[why] },
    revision: now && {
      number: now.number,
      digest: now.digest,
      isThatOfTheRecord: now.digest.startsWith(record.revisionDigest),
    },
    acceptedRevision: accepted && { number: accepted.number, digest: accepted.digest },
    contract: line?.([]),
    fields: fieldsOf(record, again, line),
    again: {
      same: again.same && now?.digest.startsWith(record.revisionDigest) === true,
      differences: again.differences,
      notes: [
        ...NOTES,
        ...(now === undefined || accepted === undefined
          ? ['A revision is no longer kept, or its file is damaged.']
          : []),
      ],
    },
  }
}

function rerun(record: IntentRecord, accepted: RevisionPlan | undefined, now: RevisionPlan | undefined): Rerun {
  const types = partnerTypes()
  const termsIn = (plan: RevisionPlan | undefined): Terms | undefined => {
    const contract = plan?.contracts.find(({ id }) => id === record.partner)
    return contract && boundTermsOf(contract, (type) => types.get(type)?.abilities, false)
  }
  const finest = (plan: RevisionPlan | undefined): Level => finestLevelFor(plan?.policy.minAreaKm2 ?? 0)
  const nowTerms = termsIn(now)
  return rerunDecision({
    record,
    accepted: accepted === now ? nowTerms : termsIn(accepted),
    now: nowTerms,
    finestCoarse: Math.min(finest(accepted), finest(now)),
  })
}

function fieldsOf(
  record: IntentRecord,
  { decision }: Rerun,
  line: ((path: readonly string[]) => ContractLine) | undefined,
): readonly ExplainedField[] {
  const entries = Object.entries(record.treatments) as [FieldClass, Level][]
  return entries.map(([field, level]) => {
    const why = decision.kind === 'send' ? decision.fields[field].why : decision.why
    const path = contractPath(why, field)
    return {
      field,
      treatment: treatmentName(field, level),
      why,
      says: sentenceOfField(why, level !== DROP),
      ...(path === undefined || line === undefined ? {} : { line: line(path) }),
    }
  })
}

/** Undefined if the contract did not decide. */
function contractPath(why: Reason, field: FieldClass): readonly string[] | undefined {
  switch (why) {
    case 'agreed':
    case 'generalised':
    case 'not_granted':
      return field === 'property' ? ['events'] : ['share', field]
    case 'choice':
    case 'gpc':
    case 'us_privacy':
    case 'gpp':
    case 'regime':
    case 'not_opted_in':
      return ['when_restricted', 'share', field]
    default:
      return undefined
  }
}

/** The line of one part of a contract; undefined if the revision has no contract for the partner. */
export async function lineIn(
  partner: PartnerId,
  plan: RevisionPlan,
  path: readonly string[],
  { revisions }: Deps,
): Promise<ContractLine | undefined> {
  return (await contractLines(partner, plan, () => revisions.texts(plan.number)))?.(path)
}

/** Finds lines of one contract in the revision file and in its source file. */
async function contractLines(
  partner: PartnerId,
  plan: RevisionPlan,
  textsOf: () => Promise<Readonly<Record<string, string>> | undefined>,
): Promise<((path: readonly string[]) => ContractLine) | undefined> {
  const index = plan.contracts.findIndex(({ id }) => id === partner)
  if (index < 0) return undefined
  const file = `partners/${partner}.yaml`
  const texts = (await textsOf()) ?? {}
  const [own, defaults] = [file, DEFAULTS_FILE].map((name) => sourceOf(name, texts[name]))
  const source = own && withDefaults(own, defaults)
  return (path) => {
    const place = source?.place(path, 'key')
    return {
      revision: plan.number,
      ...(place && { file: place.file ?? file, lineNumber: place.line }),
      pointer: ['', 'contracts', String(index), ...path.map(planName)].join('/'),
    }
  }
}

function sourceOf(file: string, text: string | undefined): Source | undefined {
  return text === undefined ? undefined : parseSource(file, text).source
}

/** Files use snake case, revisions camel case. */
function planName(name: string): string {
  return name === 'when_restricted' ? 'whenRestricted' : name
}
