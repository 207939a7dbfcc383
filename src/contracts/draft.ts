/**
 * A draft: unpublished configuration files on top of published plans. Validated like a folder; files that the draft does not
 * contain keep their published content.
 */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { AppPlan, ContractPlan, Policy } from '../model/contract.ts'
import { compareProblems, type Problem } from '../model/problem.ts'
import type { DraftFiles, ReadDraft } from '../simulate/ports.ts'
import { type CasesFile, runCases } from './cases/run.ts'
import { compileApp, compilePolicy } from './compile.ts'
import type { Plans } from './config.ts'
import { DEFAULTS_FILE, meansTheSame } from './defaults.ts'
import { secretsIn } from './lint/clear-secrets.ts'
import { CASES_ENDING, type PartnerTypes } from './load.ts'
import { APPS_OPTIONS } from './options/apps.ts'
import { DEFAULTS_OPTIONS } from './options/defaults.ts'
import { POLICY_OPTIONS } from './options/policy.ts'
import { readContract } from './read-contract.ts'
import { categoriesOf, namesOf, readableApps } from './readable-apps.ts'
import { salvageParts } from './salvage.ts'
import { shape } from './shape.ts'
import { parseSource, type Source } from './source.ts'
import { didYouMean } from './suggest.ts'
import { checkApps } from './validate/apps.ts'
import type { OtherFiles } from './validate/contract.ts'
import { checkPolicy } from './validate/policy.ts'

export interface DraftDeps {
  readonly types: PartnerTypes
  readonly allowLoopback: boolean
  readonly now: EpochMs
  /** The base's source files; undefined if it stores none. */
  readonly texts: Readonly<Record<string, string>> | undefined
}

const PARTNER_FILE = /^partners\/([^/]+)\.yaml$/

/**
 * A vendor list is not part of a draft: vendors in no live contract count as unlisted, and receive nothing where consent strings
 * are required.
 */
export function readDraft(draft: DraftFiles, base: Plans, deps: DraftDeps): ReadDraft {
  const { types, allowLoopback, now } = deps
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const files = withReached(draft, base, deps)
  const open = (path: string): Source | undefined => {
    const text = files[path]
    if (text === undefined) return undefined
    const parsed = parseSource(path, text)
    problems.push(...parsed.problems)
    if (parsed.source !== undefined)
      problems.push(...secretsIn(parsed.source, path === 'apps.yaml' || path.endsWith(CASES_ENDING)))
    return parsed.source
  }
  const note = (checked: { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }): void => {
    problems.push(...checked.problems)
    warnings.push(...checked.warnings)
  }
  problems.push(...strayFiles(draft), ...unknownPartners(draft, base))

  const policy = readPolicy(open('policy.yaml'), base.policy, note)
  const appsSource = open('apps.yaml')
  const apps = readApps(appsSource, base.apps, note)
  const readable = appsSource === undefined ? undefined : readableApps(appsSource)
  const surroundings: OtherFiles = {
    types,
    apps: appsSource === undefined ? new Set(base.apps.map(({ id }) => id as string)) : namesOf(readable),
    categories:
      appsSource === undefined
        ? new Map(base.apps.map(({ id, consentCategories = {} }) => [id, new Set(Object.keys(consentCategories))]))
        : categoriesOf(readable),
    isVendor: undefined,
    allowLoopback,
    now,
  }
  const defaults = readDefaults(open(DEFAULTS_FILE), note)
  const named = new Map<string, ContractPlan>()
  const caseFiles: CasesFile[] = []
  for (const path of Object.keys(files).sort()) {
    const id = PARTNER_FILE.exec(path)?.[1]
    const source = id === undefined ? undefined : open(path)
    if (id === undefined || source === undefined) continue
    if (path.endsWith(CASES_ENDING)) {
      caseFiles.push({ partner: id.slice(0, -'.cases'.length), source })
      continue
    }
    const read = readContract(source, id, surroundings, defaults)
    note(read)
    if (read.contract !== undefined) named.set(id, read.contract)
  }
  if (problems.length > 0) return { ok: false, problems: problems.sort(compareProblems) }
  const stays = ({ id }: ContractPlan): boolean =>
    !named.has(id) && draft.whole !== true && !(draft.remove ?? []).includes(id)
  const contracts = [...base.contracts.filter(stays), ...named.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const plans = { policy, apps, contracts }
  const ran = runCases(caseFiles, plans, types)
  return { ok: true, plans, warnings: warnings.sort(compareProblems), brokenCases: ran.problems }
}

/** The draft's files, the defaults that remain, and contracts outside the draft that its defaults change. */
function withReached(
  { files, whole: isWhole = false, remove = [] }: DraftFiles,
  { contracts }: Plans,
  { texts = {} }: DraftDeps,
): Readonly<Record<string, string>> {
  const before = texts[DEFAULTS_FILE]
  if (isWhole || (before === undefined && files[DEFAULTS_FILE] === undefined)) return files
  const after = files[DEFAULTS_FILE] ?? before
  const reached = contracts.flatMap(({ id }) => {
    const file = `partners/${id}.yaml`
    const text = texts[file]
    if (text === undefined || remove.includes(id) || meansTheSame(text, before, after)) return []
    return [[file, text] as const]
  })
  return { ...Object.fromEntries(reached), ...(after === undefined ? {} : { [DEFAULTS_FILE]: after }), ...files }
}

type Note = (checked: { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }) => void

function readPolicy(source: Source | undefined, base: Policy, note: Note): Policy {
  if (source === undefined) return base
  const shaped = shape(POLICY_OPTIONS, source, source.value)
  note(checkPolicy(source, salvageParts(POLICY_OPTIONS, source.value)))
  if (!shaped.ok) {
    note({ problems: shaped.problems, warnings: [] })
    return base
  }
  const policy = compilePolicy(shaped.value)
  const keepsList = shaped.value.vendor_list !== undefined && base.vendorList !== undefined
  return keepsList ? { ...policy, vendorList: base.vendorList } : policy
}

function readApps(source: Source | undefined, base: readonly AppPlan[], note: Note): readonly AppPlan[] {
  if (source === undefined) return base
  const shaped = shape(APPS_OPTIONS, source, source.value)
  note(checkApps(source, readableApps(source) ?? [], base))
  if (shaped.ok) return shaped.value.apps.map(compileApp).sort((a, b) => (a.id < b.id ? -1 : 1))
  note({ problems: shaped.problems, warnings: [] })
  return base
}

function readDefaults(source: Source | undefined, note: Note): Source | undefined {
  if (source === undefined) return undefined
  const shaped = shape(DEFAULTS_OPTIONS, source, source.value)
  if (!shaped.ok) note({ problems: shaped.problems, warnings: [] })
  return source
}

function strayFiles({ files }: DraftFiles): readonly Problem[] {
  return Object.keys(files).flatMap((file) =>
    ['gateway.yaml', 'policy.yaml', 'apps.yaml', DEFAULTS_FILE].includes(file) || PARTNER_FILE.test(file)
      ? []
      : [whole(file, 'not a file of a draft', 'policy.yaml, apps.yaml, defaults.yaml, partners/<id>.yaml', '')],
  )
}

function unknownPartners({ remove = [] }: DraftFiles, { contracts }: Plans): readonly Problem[] {
  const ids = contracts.map(({ id }): PartnerId => id)
  return remove.flatMap((id) =>
    ids.some((known) => known === id)
      ? []
      : [whole(`partners/${id}.yaml`, 'not a partner of this revision', ids.join(', '), didYouMean(id, ids))],
  )
}

function whole(file: string, found: string, allowed: string, hint: string): Problem {
  return { file, line: 1, column: 1, path: '', found, allowed, hint }
}
