/** Loads a configuration folder: either everything is valid, or every problem of every file is reported at once. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { z } from 'zod'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan, Policy } from '../model/contract.ts'
import { compareProblems, type Problem } from '../model/problem.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import { isCode } from '../platform/durable-file.ts'
import { type CasesFile, runCases } from './cases/run.ts'
import { compileApp, compileGateway, compilePolicy } from './compile.ts'
import type { Config, GatewayConfig } from './config.ts'
import { DEFAULTS_FILE } from './defaults.ts'
import { secretsIn } from './lint/clear-secrets.ts'
import { crossings } from './lint/crossings.ts'
import { contractFindings, type ReachedContract } from './lint/reach.ts'
import { APPS_OPTIONS } from './options/apps.ts'
import { DEFAULTS_OPTIONS } from './options/defaults.ts'
import { GATEWAY_OPTIONS } from './options/gateway.ts'
import { POLICY_OPTIONS } from './options/policy.ts'
import { readContract } from './read-contract.ts'
import { categoriesOf, namesOf, readableApps } from './readable-apps.ts'
import { salvageParts } from './salvage.ts'
import { shape } from './shape.ts'
import { parseSource, problemAt, type Source } from './source.ts'
import { checkApps } from './validate/apps.ts'
import type { OtherFiles } from './validate/contract.ts'
import { checkGateway } from './validate/gateway.ts'
import { checkPolicy } from './validate/policy.ts'
import { isListed, listingsOf, readVendorList, type VendorListFile } from './vendor-list.ts'

/** Suffix of a contract's cases file. */
export const CASES_ENDING = '.cases.yaml'

/** Bytes; enough for thousands of apps. */
const MAX_FILE_BYTES = 2_097_152

export type PartnerTypes = ReadonlyMap<string, RegisteredType>

export type LoadResult =
  | {
      readonly ok: true
      readonly config: Config
      readonly warnings: readonly Problem[]
      /** From `partners/*.cases.yaml`; all of them if `ok`. */
      readonly casesPassed: number
    }
  | {
      readonly ok: false
      readonly problems: readonly Problem[]
      readonly warnings: readonly Problem[]
      /** The gateway's own settings, if at least those are valid: enough to open the last good revision. */
      readonly gateway: GatewayConfig | undefined
      /** Set if only cases fail: it may be inspected, but widenings in it must wait. */
      readonly butForCases?: Config
    }

/**
 * Loads `gateway.yaml`, `policy.yaml`, `apps.yaml`, `partners/*.yaml` and the optional `defaults.yaml` of `folder`, and runs the
 * contracts' cases (`partners/*.cases.yaml`). Never throws for file contents. Relative paths in `gateway.yaml` are resolved
 * against the working directory.
 * @param drafted replaces all files but `gateway.yaml` and the vendor list: a draft, an old revision
 * @param live the apps of the live revision: a problem they already have is only a warning
 */
export async function loadConfig(
  folder: string,
  types: PartnerTypes,
  now: EpochMs,
  drafted?: Readonly<Record<string, string>>,
  live?: readonly AppPlan[],
): Promise<LoadResult> {
  if (!(await isFolder(folder))) {
    return { ok: false, problems: [wholeFile(folder, 'no such folder')], warnings: [], gateway: undefined }
  }
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const texts: Record<string, string> = {}
  const note = (checked: { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }): boolean => {
    problems.push(...checked.problems)
    warnings.push(...checked.warnings)
    return checked.problems.length === 0
  }
  const secrets: Problem[] = []
  const open = async (path: string): Promise<Source | undefined> => {
    const name = path.split(sep).join('/')
    const isDrafted = drafted !== undefined && path !== 'gateway.yaml'
    const { source, problems: found } = isDrafted
      ? openText(join(folder, path), drafted[name])
      : await openSource(join(folder, path))
    problems.push(...found)
    if (source === undefined) return undefined
    secrets.push(...secretsIn(source, path === 'apps.yaml' || path.endsWith(CASES_ENDING)))
    if (path !== 'gateway.yaml') texts[name] = source.text
    return source
  }
  const read = async <Shape extends z.ZodRawShape>(path: string, schema: z.ZodObject<Shape>) => {
    const source = await open(path)
    if (source === undefined) return undefined
    const shaped = shape(schema, source, source.value)
    if (!shaped.ok) problems.push(...shaped.problems)
    return { source, parts: salvageParts(schema, source.value), options: shaped.ok ? shaped.value : undefined }
  }

  let gateway: GatewayConfig | undefined
  const gatewayFile = await read('gateway.yaml', GATEWAY_OPTIONS)
  if (gatewayFile !== undefined && note(checkGateway(gatewayFile.source, gatewayFile.parts))) {
    if (gatewayFile.options !== undefined) gateway = compileGateway(gatewayFile.options, process.cwd())
  }

  let policy: Policy | undefined
  const policyFile = await read('policy.yaml', POLICY_OPTIONS)
  if (policyFile !== undefined && note(checkPolicy(policyFile.source, policyFile.parts))) {
    if (policyFile.options !== undefined) policy = compilePolicy(policyFile.options)
  }

  let apps: readonly AppPlan[] | undefined
  const appsFile = await read('apps.yaml', APPS_OPTIONS)
  const readable = appsFile === undefined ? undefined : readableApps(appsFile.source)
  if (appsFile !== undefined && note(checkApps(appsFile.source, readable ?? [], live))) {
    apps = appsFile.options?.apps.map(compileApp).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  const vendorList = await openVendorList(folder, policyFile?.source, policyFile?.parts.vendor_list, problems)

  const hasDefaults = drafted === undefined ? await isFile(join(folder, DEFAULTS_FILE)) : DEFAULTS_FILE in drafted
  const defaultsFile = hasDefaults ? await read(DEFAULTS_FILE, DEFAULTS_OPTIONS) : undefined
  const defaults = defaultsFile?.source
  const reached: ReachedContract[] = []
  const surroundings: OtherFiles = {
    types,
    apps: namesOf(readable),
    categories: categoriesOf(readable),
    isVendor: vendorList === undefined ? undefined : (vendor) => isListed(vendorList, vendor),
    allowLoopback: gatewayFile?.parts.allow_loopback_partners,
    now,
  }
  const listed = drafted === undefined ? await listPartners(join(folder, 'partners')) : listDrafted(drafted)
  problems.push(...listed.problems)
  for (const name of listed.names) {
    const source = await open(join('partners', name))
    // Without its defaults a contract cannot be validated.
    if (source === undefined || (hasDefaults && defaults === undefined)) continue
    const checked = readContract(source, name.slice(0, -'.yaml'.length), surroundings, defaults)
    // Problems of the defaults themselves are already reported.
    const isNew = ({ file }: Problem): boolean => file !== defaults?.file || defaultsFile?.options !== undefined
    note({ ...checked, problems: checked.problems.filter(isNew) })
    if (checked.contract !== undefined) reached.push({ contract: checked.contract, source: checked.source })
  }
  const caseFiles: CasesFile[] = []
  for (const name of listed.cases) {
    const source = await open(join('partners', name))
    if (source !== undefined) caseFiles.push({ partner: name.slice(0, -CASES_ENDING.length), source })
  }
  const contracts = reached.map(({ contract }) => contract)

  // A secret's place may already have a problem: one per line is enough.
  problems.push(
    ...secrets.filter((secret) => !problems.some(({ file, line }) => file === secret.file && line === secret.line)),
  )
  const bad = (): Extract<LoadResult, { ok: false }> => ({
    ok: false,
    problems: problems.sort(compareProblems),
    warnings: warnings.sort(compareProblems),
    gateway,
  })
  if (problems.length > 0 || gateway === undefined || policy === undefined || apps === undefined) return bad()
  const published = vendorList === undefined ? policy : { ...policy, vendorList: listingsOf(vendorList, contracts) }
  const plans = { policy: published, apps, contracts }
  warnings.push(...contractFindings(reached, plans, types, now))
  if (appsFile !== undefined && policyFile !== undefined)
    warnings.push(...crossings({ apps: appsFile.source, policy: policyFile.source, contracts: reached }, plans))
  const ran = runCases(caseFiles, plans, types)
  const config = { gateway, plans, texts }
  problems.push(...ran.problems)
  if (problems.length > 0) return { ...bad(), butForCases: config }
  warnings.sort(compareProblems)
  return { ok: true, config, warnings, casesPassed: ran.passed }
}

/** Undefined if the policy names none or it is unusable, which is a problem. */
async function openVendorList(
  folder: string,
  policy: Source | undefined,
  path: string | undefined,
  problems: Problem[],
): Promise<VendorListFile | undefined> {
  if (policy === undefined || path === undefined) return undefined
  const vendors = await readVendorList(join(folder, path))
  if (!('found' in vendors)) return vendors
  problems.push(problemAt(policy, ['vendor_list'], { ...vendors, allowed: 'vendor-list.json of IAB Europe' }))
  return undefined
}

/** True for anything with this name: one that is no regular file is a problem. */
async function isFile(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    return !isCode(error, 'ENOENT')
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function openSource(file: string): Promise<ReturnType<typeof parseSource>> {
  const whole = (found: string, hint = ''): ReturnType<typeof parseSource> => ({
    problems: [wholeFile(file, found, hint)],
  })
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return whole('no such file')
    if (isCode(error, 'EISDIR'))
      return whole('a folder, where a file belongs', 'Rename it, or put the file in its place.')
    return whole('a file that cannot be read', 'Check its permissions.')
  }
  if (bytes.length > MAX_FILE_BYTES) return whole(`larger than ${MAX_FILE_BYTES} bytes`)
  try {
    return parseSource(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return whole('a text that is not UTF-8')
  }
}

/** Sorted, for a stable order of problems and contracts. Hidden files belong to editors and are skipped. */
async function listPartners(
  path: string,
): Promise<{ names: readonly string[]; cases: readonly string[]; problems: readonly Problem[] }> {
  let entries: readonly string[]
  try {
    entries = (await readdir(path)).filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    const found = isCode(error, 'ENOENT') ? 'no such folder' : 'a folder that cannot be read'
    return { names: [], cases: [], problems: [wholeFile(path, found, 'Make it, even where it stays empty.')] }
  }
  const problems = entries
    .filter((name) => /\.ya?ml$/i.test(name) && !name.endsWith('.yaml'))
    .map((name) => wholeFile(join(path, name), 'a contract under a name that is not read', 'End the name in .yaml.'))
  const files = entries.filter((name) => name.endsWith('.yaml'))
  const [cases = [], names = []] = [true, false].map((isCases) =>
    files.filter((name) => name.endsWith(CASES_ENDING) === isCases),
  )
  return { names, cases, problems }
}

function openText(file: string, text: string | undefined): ReturnType<typeof parseSource> {
  if (text === undefined) return { problems: [wholeFile(file, 'no such file')] }
  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    return { problems: [wholeFile(file, `larger than ${MAX_FILE_BYTES} bytes`)] }
  return parseSource(file, text)
}

/** Contracts and cases of a draft. */
function listDrafted(drafted: Readonly<Record<string, string>>): Awaited<ReturnType<typeof listPartners>> {
  const names = Object.keys(drafted)
    .filter((name) => name.startsWith(PARTNERS))
    .map((name) => name.slice(PARTNERS.length))
    .sort()
  return {
    names: names.filter((name) => !name.endsWith(CASES_ENDING)),
    cases: names.filter((name) => name.endsWith(CASES_ENDING)),
    problems: [],
  }
}
const PARTNERS = 'partners/'

function wholeFile(file: string, found: string, hint = ''): Problem {
  return { file, line: 1, column: 1, path: '', found, allowed: '', hint }
}
