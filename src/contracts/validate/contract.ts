/** Validates one contract against the other files and its type, beyond its schema. */
import type { EpochMs } from '../../model/brand.ts'
import type { Path, Problem } from '../../model/problem.ts'
import type { RelayMap } from '../../model/relay-map.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import type { Connection } from '../../partners/kit/type.ts'
import { COUNTRY_CODES, countryHint } from '../countries.ts'
import type { ContractOptions } from '../options/contract.ts'
import type { Parts } from '../salvage.ts'
import { type Finding, problemAt, type Source } from '../source.ts'
import { didYouMean } from '../suggest.ts'
import { type CheckedConnection, checkConnection, warnOfAddresses } from './connection.ts'
import { checkEvents, warnOfEvents } from './events.ts'
import { checkNotify, warnOfNotify, warnOfTrust } from './notify.ts'
import { checkShare } from './share.ts'

/** The other files. A part is undefined if its file is invalid: nothing is checked against it then. */
export interface OtherFiles {
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly apps: ReadonlySet<string> | undefined
  /** Each app's consent categories. */
  readonly categories: ReadonlyMap<string, ReadonlySet<string>>
  /** Whether IAB's vendor list has a number; undefined without a list. */
  readonly isVendor: ((vendor: number) => boolean) | undefined
  readonly allowLoopback: boolean | undefined
  readonly now: EpochMs
}

export interface CheckedContract {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** The output of the type's schema; undefined if it has any problem. */
  readonly connection: Connection | undefined
}

export function checkContract(
  source: Source,
  fileId: string,
  parts: Parts<ContractOptions>,
  surroundings: OtherFiles,
): CheckedContract {
  const { types, apps, allowLoopback, now } = surroundings
  const flag = (path: Path, finding: Finding): Problem => problemAt(source, path, finding)
  const type = types.get(parts.type ?? '')
  const connection =
    type === undefined || parts.connection === undefined
      ? undefined
      : checkConnection(source, parts.connection, type, allowLoopback)
  const problems = [
    ...checkIdentity(flag, fileId, parts, types),
    ...checkRole(flag, parts),
    ...checkLists(flag, parts),
    ...checkCountries(flag, parts.countries ?? []),
    ...checkApps(flag, parts.apps ?? [], apps),
    ...checkVendor(flag, parts, surroundings),
    ...checkEvents(source, parts, relayMapOf(type, connection)),
    ...checkShare(source, parts, type),
    ...(type === undefined || connection?.ok !== true ? [] : checkBatch(flag, parts, type, connection.connection)),
    ...(type === undefined || connection?.ok !== true
      ? []
      : checkNotify(flag, parts.notify, type, connection.connection)),
    ...(connection === undefined || connection.ok ? [] : connection.problems),
  ]
  return {
    problems,
    warnings: [
      ...warn(flag, parts, now),
      ...warnOfCategories(flag, parts, surroundings),
      ...warnOfEvents(source, parts),
      ...warnOfAddresses(source, parts.connection ?? {}, problems),
      ...(type === undefined || connection?.ok !== true || 'notify' in parts === false
        ? []
        : [
            ...warnOfNotify(flag, parts.notify, type, connection.connection),
            ...warnOfTrust(flag, parts.notify, type, connection.connection, now),
          ]),
    ],
    connection: connection?.ok === true ? connection.connection : undefined,
  }
}

function relayMapOf(
  type: RegisteredType | undefined,
  connection: CheckedConnection | undefined,
): RelayMap | 'none' | undefined {
  if (type !== undefined && type.redact === undefined) return 'none'
  return connection?.ok === true ? type?.redact?.(connection.connection) : undefined
}

type Flag = (path: Path, finding: Finding) => Problem

function checkIdentity(
  flag: Flag,
  fileId: string,
  { id, type }: Parts<ContractOptions>,
  types: OtherFiles['types'],
): readonly Problem[] {
  const problems: Problem[] = []
  if (id !== undefined && id !== fileId) {
    const hint = 'Rename the file or the id.'
    problems.push(flag(['id'], { found: 'not the name of the file', allowed: fileId, hint }))
  }
  if (type !== undefined && !types.has(type)) {
    const names = [...types.keys()].sort()
    const hint = didYouMean(type, names)
    problems.push(flag(['type'], { found: 'not a partner type', allowed: names.join(', '), hint }))
  }
  return problems
}

function checkRole(flag: Flag, parts: Parts<ContractOptions>): readonly Problem[] {
  const { role, agreement, purposes = [] } = parts
  const problems: Problem[] = []
  if (role === 'third_party' && agreement !== undefined) {
    const hint = 'Write role: service_provider, or remove the agreement.'
    problems.push(flag(['agreement'], { found: 'an agreement, which only a service provider has', hint, at: 'key' }))
  }
  if (role === 'service_provider' && 'agreement' in parts && agreement === undefined) {
    const hint = 'Name it, or write role: third_party.'
    const found = 'missing, and a service provider needs one'
    problems.push(flag(['agreement'], { found, allowed: '{ ref, until }', hint }))
  }
  const advertising = purposes.indexOf('advertising')
  if (role === 'service_provider' && advertising >= 0) {
    const hint = 'Write role: third_party, or remove the purpose.'
    const found = 'a service provider cannot use data for advertising'
    problems.push(flag(['purposes', advertising], { found, hint }))
  }
  return problems
}

function checkLists(flag: Flag, parts: Parts<ContractOptions>): readonly Problem[] {
  return (['purposes', 'countries', 'apps', 'consent_categories'] as const).flatMap((key) => {
    const list: readonly string[] = parts[key] ?? []
    return list.flatMap((word, index) =>
      list.indexOf(word) < index ? [flag([key, index], { found: 'named a second time', hint: 'Remove it.' })] : [],
    )
  })
}

function checkCountries(flag: Flag, countries: readonly string[]): readonly Problem[] {
  return countries.flatMap((country, index) =>
    COUNTRY_CODES.has(country)
      ? []
      : [
          flag(['countries', index], {
            found: 'not a country code',
            allowed: 'ISO 3166-1 alpha-2 in capitals, such as US',
            hint: countryHint(country),
          }),
        ],
  )
}

function checkApps(flag: Flag, named: readonly string[], apps: ReadonlySet<string> | undefined): readonly Problem[] {
  if (apps === undefined) return []
  return named.flatMap((app, index) =>
    apps.has(app)
      ? []
      : [
          flag(['apps', index], {
            found: 'not an app of apps.yaml',
            allowed: [...apps].sort().join(', '),
            hint: didYouMean(app, apps),
          }),
        ],
  )
}

function checkVendor(
  flag: Flag,
  { tcf_vendor: vendor }: Parts<ContractOptions>,
  { isVendor }: OtherFiles,
): readonly Problem[] {
  if (vendor === undefined || vendor === 0 || isVendor === undefined || isVendor(vendor)) return []
  return [
    flag(['tcf_vendor'], { found: 'not a vendor of the vendor list', hint: 'Look the number up in vendor_list.' }),
  ]
}

/** An unmapped category denies, so a contract that requires it would never receive anything. */
function warnOfCategories(
  flag: Flag,
  { apps = [], consent_categories: names = [] }: Parts<ContractOptions>,
  { categories }: OtherFiles,
): readonly Problem[] {
  return names.flatMap((name, index) => {
    const unmapped = apps.filter((app) => categories.get(app)?.has(name) === false)
    if (unmapped.length === 0) return []
    const found = `not among the consent_categories of ${unmapped.join(', ')}`
    return [flag(['consent_categories', index], { found, hint: 'Map it in apps.yaml; an unmapped category denies.' })]
  })
}

function checkBatch(
  flag: Flag,
  { limits }: Parts<ContractOptions>,
  type: RegisteredType,
  connection: Connection,
): readonly Problem[] {
  const { maxItems } = type.envelopeLimits(connection)
  if (limits?.batch === undefined || limits.batch <= maxItems) return []
  const found = `${limits.batch}, and this connection takes no more than ${maxItems} in one request`
  return [flag(['limits', 'batch'], { found, allowed: maxItems === 1 ? '1' : `a whole number from 1 to ${maxItems}` })]
}

function warn(flag: Flag, parts: Parts<ContractOptions>, now: EpochMs): readonly Problem[] {
  const warnings: Problem[] = []
  const { role, tcf_vendor: vendor, agreement } = parts
  const hasOther = parts.addtl_provider !== undefined || (parts.consent_categories ?? []).length > 0
  // 0 explicitly means "none", so there is nothing to warn of.
  if (role === 'third_party' && 'tcf_vendor' in parts && vendor === undefined && !hasOther) {
    const found = 'missing: the partner gets nothing where consent strings are asked for'
    const hint =
      'Look the number up in the IAB vendor list; a wrong one reads the consent given to another company. Write 0 where it has none.'
    warnings.push(flag(['tcf_vendor'], { found, hint }))
  }
  if (agreement !== undefined) {
    const left = endOfDay(agreement.until) - now
    const days = Math.ceil(left / DAY_MS)
    if (left <= 0)
      warnings.push(
        flag(['agreement', 'until'], { found: 'the agreement has ended: the partner counts as a third party' }),
      )
    else if (days <= SOON_DAYS) {
      const found = `the agreement ends in ${days} day${days === 1 ? '' : 's'}: from then on the partner is a third party`
      warnings.push(flag(['agreement', 'until'], { found, hint: 'Renew it, or say what shall be shared then.' }))
    }
  }
  return warnings
}

const DAY_MS = 86_400_000
/** Warn this many days before an agreement ends: enough to sign another one. */
const SOON_DAYS = 30

/** The moment after a day's end, UTC: an agreement includes its last day. */
export function endOfDay(day: string): EpochMs {
  return Date.parse(day) + DAY_MS
}
