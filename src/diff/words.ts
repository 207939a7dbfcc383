/** A diff in sentences: what each partner will receive, about whom, where; the widest first. */
import type { Change } from '../model/contract.ts'
import type { Diff } from './diff.ts'
import { changeOf, type Difference } from './differences.ts'
import { AUDIENCES, type Audience } from './states.ts'

/** From this number of fields on, they are counted instead of listed. */
const MANY = 3
/** Up to this number of countries they are listed, otherwise counted. */
const NAMED_COUNTRIES = 3

const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  same: 'same: whatever is sent stays the same',
  narrower: 'narrower: nobody receives anything more',
  wider: 'wider: somebody receives more',
  mixed: 'mixed: somebody receives more, and somebody less',
}

/** One summary line, then one paragraph per partner, app and the policy. */
export function wordsOfDiff(diff: Diff): string {
  const lines = [CHANGE_WORDS[diff.change]]
  for (const [about, differences] of Map.groupBy(diff.differences, (difference) => difference.about)) {
    const name = diff.names[about]
    lines.push('', `${name === undefined ? about : `${name} (${about})`}: ${changeOf(differences)}`)
    lines.push(...sentencesOf(differences, diff).map(([sign, words]) => `  ${sign} ${words}`))
  }
  return lines.join('\n')
}

type Sentence = readonly [sign: string, words: string]
const SIGNS: Readonly<Record<Difference['direction'], string>> = { wider: '+', narrower: '-', both: '~', none: ' ' }
const ORDER = Object.keys(SIGNS)

function sentencesOf(differences: readonly Difference[], { places, stages }: Diff): readonly Sentence[] {
  const groups = Map.groupBy(differences, (one) =>
    [one.direction, one.kind, one.from === '', one.to === '', whom(one), where(one, places)].join('\0'),
  )
  const sentences = [...groups.values()].flatMap((group): readonly Sentence[] => {
    const { direction, kind } = group[0]!
    const suffix = ` ${whom(group[0]!)}, ${where(group[0]!, places)}`
    const share = kind === 'setting' || kind === 'partner' ? '' : staged(group[0]!, stages)
    if (kind !== 'field') return group.map((one) => [SIGNS[direction], `${otherWords(one, suffix)}${share}`])
    return [[SIGNS[direction], `${fieldWords(group)}${suffix}${share}`]]
  })
  return sentences.sort(([a], [b]) => order(a) - order(b))
}

/** Share and end of a stage: as proposed, and as it is if that differs. */
function staged({ about, direction }: Difference, stages: Diff['stages']): string {
  const [before, after] = stages[about] ?? [{}, {}]
  if (direction === 'none' || direction === 'both') return ''
  const moves = before.percent !== after.percent
  // A narrowing that is not itself staged applies to everyone.
  if (direction === 'narrower' && !moves && before.until === after.until) return ''
  if (direction === 'narrower' && before.percent === undefined) return ''
  const percent = (share: number | undefined): string => `${share ?? 100} % of subjects`
  const share = moves
    ? `, for ${percent(after.percent)}${before.percent === undefined ? '' : ` instead of ${percent(before.percent)}`}`
    : after.percent === undefined
      ? ''
      : `, for ${percent(after.percent)}`
  return `${share}${after.until === undefined ? '' : `, until ${new Date(after.until).toISOString()}`}`
}

function order(sign: string): number {
  return ORDER.findIndex((direction) => SIGNS[direction as Difference['direction']] === sign)
}

/** Fields with one direction, audience and set of places. */
function fieldWords(group: readonly Difference[]): string {
  const { direction } = group[0]!
  const gone = group.every(({ to }) => to === '')
  const fresh = group.every(({ from }) => from === '')
  const list = group.map(({ what, from, to }) =>
    gone ? what : fresh ? treated(what, to) : `${treated(what, to)} instead of ${treated(what, from)}`,
  )
  if (gone && group.length >= MANY) return `${group.length} fields fewer (${list.join(', ')}) for`
  if (gone) return `will no longer receive ${list.join(', ')} of`
  if (direction === 'wider') return `will ${fresh ? 'newly ' : ''}receive ${list.join(', ')} of`
  return `will receive ${list.join(', ')} of`
}

function treated(field: string, treatment: string): string {
  if (treatment === '') return `no ${field}`
  if (field === 'ip') {
    if (treatment === 'pass') return 'the whole IP'
    const [v4, v6] = treatment.split('/')
    return `the /${v4} of the IP (of an IPv6 one the /${v6})`
  }
  if (treatment === 'pass') return field
  if (treatment === 'pseudonym') return `${field} as a pseudonym`
  return `${field} (${treatment})`
}

function otherWords({ kind, what, from, to, direction }: Difference, suffix: string): string {
  switch (kind) {
    case 'partner':
      return direction === 'wider' ? 'is a new partner' : 'is no partner any more'
    case 'item':
      return direction === 'wider'
        ? `will newly be told of events of${suffix}`
        : `will no longer be told of events of${suffix}`
    case 'event':
      return direction === 'wider'
        ? `will newly be told of ${what}, for${suffix}`
        : `will no longer be told of ${what}, for${suffix}`
    case 'property':
      if (from === '') return `will newly receive the property ${what}, as ${to}`
      return to === ''
        ? `will no longer receive the property ${what}`
        : `will receive the property ${what} as ${to} instead of ${from}`
    case 'name':
      return `will be told of ${what} as ${to} instead of ${from}`
    case 'flag':
      return `will ${to === 'true' ? '' : 'no longer '}be told the flag ${what}, for${suffix}`
    case 'setting':
      if (from === '' && to !== '') return `${what}: ${to}`
      return `${what}: ${from === '' && to === '' ? 'changed' : `${to === '' ? 'none' : to} instead of ${from === '' ? 'none' : from}`}`
    default:
      return ''
  }
}

function whom({ who }: Difference): string {
  const has = (...names: readonly Audience[]): boolean => names.every((name) => who.has(name))
  if (who.size === 0 || has('silent', 'opted_in', 'opted_out')) return 'everyone'
  if (has('silent', 'opted_in')) return 'everyone who did not opt out'
  const plain = (['silent', 'opted_in', 'opted_out', 'minors'] as const).filter((name) => who.has(name))
  const audiences = plain.length > 0 ? plain : [...who.keys()]
  return audiences.map((name) => AUDIENCES[name]).join(' and ')
}

function where({ who }: Difference, places: readonly string[]): string {
  const concerned = new Set([...who.values()].flatMap((some) => [...some]))
  if (who.size === 0 || places.every((place) => concerned.has(place))) return 'everywhere'
  const countries = new Set([...concerned].filter((place) => place !== '').map((place) => place.split('-')[0]!))
  const states = [...concerned].filter((place) => place.includes('-'))
  const partly = [...countries].filter((country) => places.includes(country) && !concerned.has(country))
  const named =
    countries.size <= NAMED_COUNTRIES
      ? `in ${[...countries].map((country) => (partly.includes(country) ? `${states.filter((place) => place.startsWith(`${country}-`)).length} states of ${country}` : country)).join(', ')}`
      : `in ${countries.size} countries (${[...countries].sort().join(', ')})`
  if (!concerned.has('')) return named
  return countries.size === 0
    ? 'in every country the policy does not name'
    : `${named} and every country the policy does not name`
}
