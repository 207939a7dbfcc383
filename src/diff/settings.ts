/**
 * Settings that decisions do not reflect: recipients, destinations, purposes, who may act for a user; and some that are only
 * listed. An unknown setting counts as wider until it is classified here.
 */

import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import type { Json } from '../model/brand.ts'
import type { AppPlan, ContractPlan, NotifyPlan, Policy } from '../model/contract.ts'
import type { DifferenceSet, Direction } from './differences.ts'
import { addressesOf, termsInWords } from './terms-in-words.ts'
import { compareWriteKeys, type KeyOwners } from './write-keys.ts'

/** Judged by the decision engine, or by another function. */
type Elsewhere = 'engine'
/** How a change of a setting is judged: a fixed direction, as a set (more is wider), or elsewhere. */
type Rule = Direction | 'set' | 'notify' | Elsewhere

export const CONTRACT_RULES: Readonly<Record<keyof ContractPlan, Rule>> = {
  id: 'engine',
  // An event's `integrations` disable a partner by name: a new name has no opt-outs.
  name: 'both',
  type: 'wider',
  role: 'wider',
  agreementUntil: 'engine',
  purposes: 'set',
  countries: 'set',
  // Another vendor number reads another company's consent; the decision engine determines whom that affects.
  tcfVendor: 'engine',
  addtlProvider: 'engine',
  consentCategories: 'engine',
  // The transfer basis decides nothing here: it is for counsel and the public list.
  transferBasis: 'none',
  privacyPolicy: 'none',
  contact: 'none',
  apps: 'engine',
  events: 'engine',
  share: 'engine',
  whenRestricted: 'engine',
  // A partner that is no longer notified of opt-outs and deletions continues to use what it has.
  notify: 'notify',
  connection: 'wider',
  limits: 'none',
  bounds: 'engine',
}
export const APP_RULES: Readonly<Record<keyof AppPlan, Rule>> = {
  id: 'engine',
  name: 'none',
  // Both are sent to partners.
  bundle: 'both',
  platform: 'both',
  // A new key is only listed; `write-keys.ts` finds keys that were used elsewhere.
  writeKeys: 'none',
  retiredKeys: 'none',
  // Affects what staff are asked, not what partners receive.
  test: 'none',
  consentCategories: 'engine',
  // Decides whose choices an event matches, and for whom a token acts.
  userIds: 'both',
  // A token holder may lift their own opt-out.
  users: 'wider',
}
export const POLICY_RULES: Readonly<Record<keyof Policy, Rule>> = {
  date: 'none',
  contact: 'none',
  privacyPolicy: 'none',
  // What an erasure leaves, and for how long.
  keepForFraud: 'both',
  // How long an opt-in counts, and how far an opt-out reaches.
  permissionsMonths: 'both',
  linksMonths: 'both',
  minimumCohort: 'both',
  regimes: 'engine',
  // Judged by `compareGrounds`.
  transferFree: 'engine',
  places: 'engine',
  defaultRegime: 'engine',
  minAreaKm2: 'engine',
  honour: 'engine',
  vendorList: 'both',
}
/** Settings whose values may be shown; of any other only the name is. */
const SHOWN: ReadonlySet<string> = new Set(
  'name type role purposes countries transferBasis privacyPolicy contact date bundle platform'.split(' '),
)

/** @param former owners of write keys in earlier revisions */
export function compareSettings(before: Plans, after: Plans, former: KeyOwners, into: DifferenceSet): void {
  compare('policy', POLICY_RULES, before.policy, after.policy, into)
  compareHonoured(before, after, into)
  compareGrounds(before, after, into)
  compareWriteKeys(before.apps, after.apps, former, into)
  for (const [id, one, other] of paired(before.apps, after.apps)) {
    const about = `app ${id}`
    if (one !== undefined && other !== undefined) compare(about, APP_RULES, one, other, into)
    else {
      // No partner receives events of an app in no contract; who may act for its users still matters.
      const users = (one ?? other)?.users === undefined ? 'none' : one === undefined ? 'wider' : 'narrower'
      into.note({ about, kind: 'setting', what: 'app', ...presence(one), direction: users })
    }
  }
  for (const [id, one, other] of paired(before.contracts, after.contracts)) {
    if (one !== undefined && other !== undefined) compare(id, CONTRACT_RULES, one, other, into)
    else {
      const direction = one === undefined ? 'wider' : 'narrower'
      into.note({ about: id, kind: 'partner', what: '', ...presence(one), direction })
      if (other !== undefined) noteNewPartner(other, into)
    }
  }
}

/**
 * A header that is no longer honoured is a widening even if something else restricts its senders: partners would no longer receive
 * it either.
 */
function compareHonoured({ policy: before }: Plans, { policy: after }: Plans, into: DifferenceSet): void {
  for (const name of ['dnt', 'gpc'] as const) {
    const [one, other] = [before.honour[name], after.honour[name]]
    if (one === other) continue
    const direction = one ? 'wider' : 'narrower'
    into.note({
      about: 'policy',
      kind: 'setting',
      what: `honour ${name}`,
      from: String(one),
      to: String(other),
      direction,
    })
  }
}

/** The settings of a new partner, so that its approver sees what it is, its purposes and all destinations. */
function noteNewPartner(contract: ContractPlan, into: DifferenceSet): void {
  const note = (what: string, to: string): void => {
    if (to !== '') into.note({ about: contract.id, kind: 'setting', what, from: '', to, direction: 'wider' })
  }
  const terms = termsInWords(contract)
  note('role', terms.role)
  note('agreement until', terms.agreement_until ?? '')
  note('purposes', terms.purposes.join(', '))
  note('processes in', terms.countries.join(', '))
  note('transfer basis', terms.transfer_basis ?? '')
  note('type', terms.type)
  note('address', terms.addresses.join(', '))
  note('apps', terms.apps.join(', '))
  note('privacy policy', terms.privacy_policy)
  note('contact', terms.contact)
}

function presence(one: unknown): { readonly from: string; readonly to: string } {
  return one === undefined ? { from: '', to: 'new' } : { from: 'there', to: '' }
}

export function paired<T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
): readonly (readonly [string, T | undefined, T | undefined])[] {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))].sort()
  return ids.map((id) => [id, before.find((each) => each.id === id), after.find((each) => each.id === id)])
}

function compare<T extends object>(
  about: string,
  rules: Readonly<Record<string, Rule>>,
  before: T,
  after: T,
  into: DifferenceSet,
): void {
  const values = [before, after] as readonly Readonly<Record<string, unknown>>[]
  for (const what of new Set(values.flatMap(Object.keys))) {
    const [one, other] = values.map((value) => value[what])
    if (canonicalJson([one]) === canonicalJson([other])) continue
    const rule = Object.hasOwn(rules, what) ? rules[what]! : 'wider'
    if (rule === 'engine') continue
    const direction = directionOf(rule, what, one, other)
    const [from, to] =
      rule === 'notify'
        ? [notifyInWords(one as NotifyPlan | undefined), notifyInWords(other as NotifyPlan | undefined)]
        : SHOWN.has(what)
          ? [wordsOf(one), wordsOf(other)]
          : ['', '']
    into.note({ about, kind: 'setting', what, from, to, direction })
    if (what === 'connection') compareAddresses(about, one, other, into)
  }
}

/** If a regime requires fewer transfer bases, contracts may send that were rejected before. */
function compareGrounds({ policy: before }: Plans, { policy: after }: Plans, into: DifferenceSet): void {
  const laws = new Set([before, after].flatMap(({ transferFree = {} }) => Object.keys(transferFree)))
  for (const law of laws) {
    const [one, other] = [before.transferFree?.[law], after.transferFree?.[law]]
    if (canonicalJson([one ?? '']) === canonicalJson([other ?? ''])) continue
    const isLooser = one !== undefined && (other === undefined || other.some((country) => !one.includes(country)))
    const [from, to] = [one, other].map((free) => free?.join(', ') ?? 'anywhere') as [string, string]
    const what = `transfers without a ground under ${law}`
    into.note({ about: 'policy', kind: 'setting', what, from, to, direction: isLooser ? 'wider' : 'none' })
  }
}

/** Destinations before and after; for other connection settings only that they changed. */
function compareAddresses(about: string, before: unknown, after: unknown, into: DifferenceSet): void {
  // Sound: a connection is plain data.
  const [from, to] = [before, after].map((connection) => addressesOf((connection ?? null) as Json).join(', ')) as [
    string,
    string,
  ]
  if (from !== to) into.note({ about, kind: 'setting', what: 'address', from, to, direction: 'wider' })
}

function directionOf(rule: Exclude<Rule, Elsewhere>, what: string, one: unknown, other: unknown): Direction {
  if (rule === 'set') return directionOfSets(one, other)
  // Sound: only a contract's `notify` has this rule.
  if (rule === 'notify') return directionOfNotify(one as NotifyPlan | undefined, other as NotifyPlan | undefined)
  return isLoss(what, one, other) ? 'narrower' : rule
}

/** Fewer notices are wider; so is an irrevocable one, because a second person has to approve it. */
function directionOfNotify(one: NotifyPlan = NO_NOTICES, other: NotifyPlan = NO_NOTICES): Direction {
  const wider =
    (one.optOut !== 'off' && other.optOut === 'off') ||
    (one.deletion && !other.deletion) ||
    (one.optOut !== 'irrevocable' && other.optOut === 'irrevocable')
  const narrower = (one.optOut === 'off' && other.optOut !== 'off') || (!one.deletion && other.deletion)
  return wider ? (narrower ? 'both' : 'wider') : narrower ? 'narrower' : 'none'
}
const NO_NOTICES: NotifyPlan = { optOut: 'off', deletion: false }

function notifyInWords(notify: NotifyPlan = NO_NOTICES): string {
  const kinds = [
    ...(notify.optOut === 'off' ? [] : [notify.optOut === 'irrevocable' ? 'opt-outs, irrevocably' : 'opt-outs']),
    ...(notify.deletion ? ['deletions'] : []),
  ]
  return kinds.length === 0 ? 'off' : kinds.join(' and ')
}

/** True if no one can act for users any more. */
function isLoss(what: string, before: unknown, after: unknown): boolean {
  return what === 'users' && before !== undefined && after === undefined
}

function directionOfSets(before: unknown, after: unknown): Direction {
  const [one, other] = [before, after].map((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))
  const more = other!.some((item) => !one!.includes(item))
  const less = one!.some((item) => !other!.includes(item))
  return more ? (less ? 'both' : 'wider') : 'narrower'
}

function wordsOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : ''
}
