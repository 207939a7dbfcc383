/**
 * What no decision shows and still matters: who receives and where, what for, who may speak for a user; and what is
 * only worth listing. A setting that is not known here counts as wider, until somebody says what it means.
 */
import type { AppPlan, ContractPlan, Policy } from '../../model/contract.ts'
import { canonicalJson } from '../canonical.ts'
import type { Plans } from '../config.ts'
import type { DifferenceSet, Direction } from './differences.ts'

/** Decided by the engine, or the name of the thing itself. */
type Elsewhere = 'engine'
/** How a change of one setting is judged: a direction, by set (more is wider), or elsewhere. */
type Rule = Direction | 'set' | Elsewhere

const CONTRACT: Readonly<Record<keyof ContractPlan, Rule>> = {
  id: 'engine',
  name: 'none',
  type: 'wider',
  role: 'wider',
  agreementUntil: 'engine',
  purposes: 'set',
  countries: 'set',
  // A number that means another company reads another company's consent; the engine says whom that concerns.
  tcfVendor: 'engine',
  addtlProvider: 'engine',
  consentCategories: 'engine',
  // The ground itself decides nothing here: it is for counsel, and for the public list.
  transferBasis: 'none',
  privacyPolicy: 'none',
  contact: 'none',
  apps: 'engine',
  events: 'engine',
  share: 'engine',
  whenRestricted: 'engine',
  connection: 'wider',
  limits: 'none',
  bounds: 'engine',
}
const APP: Readonly<Record<keyof AppPlan, Rule>> = {
  id: 'engine',
  name: 'none',
  // Partners are told both.
  bundle: 'both',
  platform: 'both',
  writeKeys: 'none',
  retiredKeys: 'none',
  consentCategories: 'engine',
  // Whoever can prove to be a user may lift that user's own opt-out.
  users: 'wider',
}
const POLICY: Readonly<Record<keyof Policy, Rule>> = {
  date: 'none',
  contact: 'none',
  // What an erasure leaves, and for how long.
  keepForFraud: 'both',
  regimes: 'engine',
  places: 'engine',
  defaultRegime: 'engine',
  minAreaKm2: 'engine',
  honour: 'engine',
  vendorList: 'both',
}
/** Values that may be shown; of any other only its name is. */
const SHOWN: ReadonlySet<string> = new Set(
  'name type role purposes countries transferBasis privacyPolicy contact date bundle platform'.split(' '),
)

export function compareSettings(before: Plans, after: Plans, into: DifferenceSet): void {
  compare('policy', POLICY, before.policy, after.policy, into)
  for (const [id, one, other] of paired(before.apps, after.apps)) {
    const about = `app ${id}`
    if (one !== undefined && other !== undefined) compare(about, APP, one, other, into)
    else {
      // No partner hears of an app that no contract names; who may speak for its users still matters.
      const users = (one ?? other)?.users === undefined ? 'none' : one === undefined ? 'wider' : 'narrower'
      into.note({ about, kind: 'setting', what: 'app', ...presence(one), direction: users })
    }
  }
  for (const [id, one, other] of paired(before.contracts, after.contracts)) {
    if (one !== undefined && other !== undefined) compare(id, CONTRACT, one, other, into)
    else
      into.note({
        about: id,
        kind: 'partner',
        what: '',
        ...presence(one),
        direction: one === undefined ? 'wider' : 'narrower',
      })
  }
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
    const direction = rule === 'set' ? directionOfSets(one, other) : isLoss(what, one, other) ? 'narrower' : rule
    const [from, to] = SHOWN.has(what) ? [wordsOf(one), wordsOf(other)] : ['', '']
    into.note({ about, kind: 'setting', what, from, to, direction })
  }
}

/** Nobody can speak for users any more. */
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
