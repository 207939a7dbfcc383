/**
 * What the published revisions state publicly: today's list, when each entry last changed, and every earlier change.
 */
import type { EpochMs, Revision } from '../../model/brand.ts'
import type { RevisionPlan } from '../../model/contract.ts'
import type { PublicPartner, ReadEntry, Shared } from './entry.ts'
import { ENGLISH } from './words-en.ts'

/** One revision's list. */
interface Published {
  readonly at: EpochMs
  /** Date of the privacy policy, ISO 8601 day. */
  readonly policy: string
  readonly partners: ReadonlyMap<string, PublicPartner>
}
export interface Change {
  /** ISO 8601 day, UTC. */
  readonly date: string
  /** Undefined if it concerns all of them. */
  readonly partner?: string
  readonly name?: string
  /** Plain sentences. */
  readonly what: readonly string[]
}
/** A privacy policy, and the days on which it was in force. */
export interface PolicyPeriod {
  /** The policy's date, ISO 8601 day. */
  readonly date: string
  readonly url?: string
  /** ISO 8601 days, UTC; without `until` it is in force. */
  readonly from: string
  readonly until?: string
}
export interface History {
  /** ISO 8601 day of the last change of a partner's entry; undefined if the partner is not listed. */
  changedOn(partner: string): string | undefined
  /** Newest first. */
  readonly changes: readonly Change[]
  /** Every policy, newest first. */
  readonly policies: readonly PolicyPeriod[]
  /** The number of the revision in force at the end of a day; undefined before the first. */
  inForceOn(day: string): Revision | undefined
}
/** For every revision. */
interface Began {
  readonly number: Revision
  readonly at: EpochMs
  readonly policy: string
  readonly url: string | undefined
}
interface Source {
  current(): RevisionPlan
  at(revision: Revision): RevisionPlan | undefined
}

/** Earlier changes are shown only as lists of their days: one page for five years of two changes a week. */
const MAX_REVISIONS = 520

/** Files read before other requests have a turn. */
const READ_AT_ONCE = 5

/** Reads each revision once, on first use; later only new ones. Concurrent callers share one read. */
export function createHistoryReader(source: Source, readEntry: ReadEntry): () => Promise<History> {
  const published: Published[] = []
  const began: Began[] = []
  let last = 0
  let told = 0
  let history: History = historyOf([], [])
  let reading: Promise<History> | undefined
  const read = async (): Promise<History> => {
    for (let { number } = source.current(); last < number; { number } = source.current()) {
      for (let count = 0; last < number && count < READ_AT_ONCE; count++) {
        last++
        const plan = planOf(source, last)
        if (plan === undefined) continue
        const { activatedAt: at, policy } = plan
        began.push({ number: plan.number, at, policy: policy.date, url: policy.privacyPolicy })
        if (last > number - MAX_REVISIONS) published.push(publishedBy(plan, readEntry))
      }
      await new Promise(setImmediate)
    }
    published.splice(0, Math.max(0, published.length - MAX_REVISIONS))
    if (told !== last) history = historyOf(published, began)
    told = last
    return history
  }
  return () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
}

/** A revision that cannot be read is left out; `sluice` reports the damaged file elsewhere. */
function planOf(source: Source, number: number): RevisionPlan | undefined {
  try {
    // Sound: numbers count from 1 without gaps.
    return source.at(number as Revision)
  } catch {
    return undefined
  }
}

function publishedBy(plan: RevisionPlan, readEntry: ReadEntry): Published {
  const entries = plan.contracts.flatMap((contract) => readEntry(contract, plan, plan.activatedAt) ?? [])
  return {
    at: plan.activatedAt,
    policy: plan.policy.date,
    partners: new Map(entries.map((entry) => [entry.id, entry])),
  }
}

function historyOf(published: readonly Published[], began: readonly Began[]): History {
  const changes: Change[] = []
  const changedOn = new Map<string, string>()
  for (const [index, now] of published.entries()) {
    const before = published[index - 1]
    const date = dayOf(now.at)
    if (before !== undefined && before.policy !== now.policy)
      changes.push({ date, what: [`The privacy policy is now the one of ${now.policy}.`] })
    for (const id of new Set([...(before?.partners.keys() ?? []), ...now.partners.keys()])) {
      const [was, is] = [before?.partners.get(id), now.partners.get(id)]
      const what = differences(was, is)
      if (what.length === 0) continue
      changes.push({ date, partner: id, name: (is ?? was)!.name, what })
      if (is !== undefined) changedOn.set(id, date)
    }
  }
  return {
    changedOn: (partner) => changedOn.get(partner),
    changes: changes.reverse(),
    policies: policiesOf(began),
    inForceOn: (day) => began.findLast(({ at }) => dayOf(at) <= day)?.number,
  }
}

function policiesOf(began: readonly Began[]): readonly PolicyPeriod[] {
  const periods: PolicyPeriod[] = []
  for (const { at, policy, url } of began) {
    const now = periods.at(-1)
    if (now?.date === policy && now.url === url) continue
    const from = dayOf(at)
    if (now !== undefined) periods.splice(-1, 1, { ...now, until: from })
    periods.push({ date: policy, ...(url === undefined ? {} : { url }), from })
  }
  return periods.reverse()
}

export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}

function differences(was: PublicPartner | undefined, is: PublicPartner | undefined): readonly string[] {
  if (was === undefined)
    return is === undefined
      ? []
      : ['Added to the list.', ...is.shared.map(nowShared), ...sharedDifferences([], forgetting(is), FORGETTING)]
  if (is === undefined) return ['Removed from the list: nothing is shared any more.']
  const words = (list: readonly { readonly words: string }[]): string => list.map((one) => one.words).join('; ')
  const names = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(', ')
  const optedOut = (one: PublicPartner): string => one.when_opted_out.effect
  return [
    ...changed('Name', was.name, is.name),
    ...changed('What kind of company', was.role_words, is.role_words),
    ...changed('Purposes', words(was.purposes), words(is.purposes)),
    ...changed('Apps', was.apps.join(', '), is.apps.join(', ')),
    ...changed('When something is shared', was.events.join('; '), is.events.join('; ')),
    ...sharedDifferences(was.shared, is.shared, ''),
    ...(optedOut(was) === optedOut(is) ? [] : [`After an opt-out: ${ENGLISH.effects[is.when_opted_out.effect]}`]),
    ...(is.when_opted_out.effect === 'less_is_shared'
      ? sharedDifferences(was.when_opted_out.shared, is.when_opted_out.shared, 'After an opt-out: ')
      : []),
    ...sharedDifferences(forgetting(was), forgetting(is), FORGETTING),
    ...changed('Countries', names(was.countries), names(is.countries)),
    ...changed('Ground for sending data there', was.transfer_basis ?? 'none named', is.transfer_basis ?? 'none named'),
    ...changed('Privacy policy', was.privacy_policy, is.privacy_policy),
  ]
}

const FORGETTING = 'If you ask it to forget your device: '
function forgetting({ when_asked_to_forget: asked }: PublicPartner): readonly Shared[] {
  return asked?.shared ?? []
}

function nowShared({ what, form }: Shared): string {
  return `${what}: ${form}.`
}

function sharedDifferences(was: readonly Shared[], is: readonly Shared[], when: string): readonly string[] {
  const before = new Map(was.map((one) => [one.field, one]))
  const after = new Set(is.map(({ field }) => field))
  return [
    ...is.flatMap((one) => {
      const old = before.get(one.field)
      if (old === undefined) return [`${when}${one.what}: now shared, ${one.form}.`]
      return old.form === one.form ? [] : [`${when}${one.what}: now ${one.form}; before: ${old.form}.`]
    }),
    ...was.filter(({ field }) => !after.has(field)).map(({ what }) => `${when}${what}: no longer shared.`),
  ]
}

function changed(what: string, was: string, is: string): readonly string[] {
  return was === is ? [] : [`${what}: now ${is || 'none'}; before: ${was || 'none'}.`]
}
