/** Findings across files: unused apps, partners without events, names that nearly match. */

import type { Problem } from '../../model/problem.ts'
import type { Plans } from '../config.ts'
import { problemAt, type Source } from '../source.ts'
import { editDistance } from '../suggest.ts'
import type { ReachedContract } from './reach.ts'

export interface CrossedFiles {
  readonly apps: Source
  readonly policy: Source
  readonly contracts: readonly ReachedContract[]
}

export function crossings({ apps, policy, contracts }: CrossedFiles, plans: Plans): readonly Problem[] {
  return [
    ...unusedApps(apps, plans),
    ...contracts.flatMap((one) => idlePartner(one, plans)),
    ...contracts.flatMap((one) => nearlyTheSame(one, contracts)),
    ...idlePlaces(policy, plans),
  ]
}

function unusedApps(source: Source, { contracts, apps }: Plans): readonly Problem[] {
  const order = (source.value as { readonly apps: readonly { readonly id: string }[] }).apps
  return apps
    .filter(({ id }) => !contracts.some((contract) => contract.apps.includes(id)))
    .map(({ id }) => {
      const index = order.findIndex((app) => app.id === id)
      const found = `${id}, which no contract names: its events go to nobody`
      return problemAt(source, ['apps', index, 'id'], { found })
    })
}

function idlePartner({ contract, source }: ReachedContract, { apps }: Plans): readonly Problem[] {
  const isHeard = apps.some(({ id, writeKeys }) => contract.apps.includes(id) && writeKeys.length > 0)
  if (isHeard) return []
  const found = 'no app with a live write key: no event reaches this partner'
  return [problemAt(source, ['apps'], { found, at: 'key' })]
}

/** A typo in an event's name means that the partner never gets the event. Plurals and numbers count as distinct names. */
function nearlyTheSame({ contract, source }: ReachedContract, all: readonly ReachedContract[]): readonly Problem[] {
  const spelt = (key: string): number => all.filter((one) => Object.hasOwn(one.contract.events, key)).length
  const others = new Set(
    all.filter((one) => one.contract !== contract).flatMap((one) => Object.keys(one.contract.events)),
  )
  return Object.keys(contract.events).flatMap((key) => {
    if (key.startsWith('@') || others.has(key)) return []
    const near = [...others].find((other) => isSlip(key, other) && !Object.hasOwn(contract.events, other))
    // Of two names that each occur once, report the one in the later file.
    if (near === undefined || (spelt(near) === 1 && isFirst(contract.id, near, all))) return []
    const hint = `Did you mean ${near}?`
    return [problemAt(source, ['events', key], { found: 'an event that no other contract spells so', hint, at: 'key' })]
  })
}

function isFirst(id: string, event: string, all: readonly ReachedContract[]): boolean {
  const other = all.find((one) => Object.hasOwn(one.contract.events, event))
  return other !== undefined && id < other.contract.id
}

function isSlip(a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) => name.toLowerCase().replace(/[\s_-]/g, '')) as [string, string]
  if (one === other) return true
  if (one.length < 8 || one.replace(/\d/g, '') === other.replace(/\d/g, '')) return false
  return (
    // A plural is a distinct name; a word without its last letter is a typo.
    `${one}s` !== other &&
    `${other}s` !== one &&
    one.replaceAll('s', '') !== other.replaceAll('s', '') &&
    editDistance(one, other) === 1
  )
}

/** Only US states are distinguished. */
function idlePlaces(source: Source, { policy }: Plans): readonly Problem[] {
  return Object.keys(policy.places).flatMap((place) => {
    const [country, region] = place.split('-')
    if (region === undefined || country === 'US') return []
    const hint = `Regions are told apart in the US only; ${country} as a whole is ${policy.places[country!] ?? policy.defaultRegime}.`
    return [problemAt(source, ['places', place], { found: 'a region that no event ever names', hint, at: 'key' })]
  })
}
