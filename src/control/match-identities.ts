/**
 * Matches a company's own file against the subjects of a breach. Each line is looked up as it arrives, and nothing is stored.
 * Answers give line numbers, never identities.
 */
import { csvLines, isRounded, splitLines } from '../choices/csv.ts'
import { parseIdentities } from '../choices/named.ts'
import { findNamespace } from '../choices/namespaces.ts'
import { isNotSent } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import { IDENTITY_KINDS } from '../model/event.ts'
import type { BreachTerms } from '../subjects/packs.ts'
import type { ControlDeps } from './deps.ts'

/** Most disclosures counted for one line. */
const MOST_FOUND = 1_000
const COUNTRY = /^[A-Z]{2}$/u

type MatchDeps = Pick<ControlDeps, 'choices' | 'archive' | 'revisions'>
interface Columns {
  readonly count: number
  /** Places of `kind` and `value`, or of columns that are kinds themselves. */
  readonly pair?: readonly [kind: number, value: number]
  readonly kinds: readonly (readonly [kind: string, at: number])[]
  readonly country: number
  readonly namespace: number
}
interface Tally {
  lines: number
  people: number
  disclosures: number
}

/**
 * Yields one JSON text for each matching or refused line, then one with the sums: total, by country in the file, and by law
 * with each class and treatment. A line counts as one subject.
 */
export async function* matchIdentities(
  deps: MatchDeps,
  terms: BreachTerms,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const total: Tally = { lines: 0, people: 0, disclosures: 0 }
  const byCountry = new Map<string, { people: number; disclosures: number }>()
  const byLaw = new Map<string, Map<string, number>>()
  let refused = 0
  let columns: Columns | undefined
  for await (const { line, fields } of csvLines(splitLines(pieces))) {
    if (columns === undefined) {
      columns = columnsOf(fields)
      continue
    }
    total.lines++
    const found = fields?.length === columns.count ? await lookUp(deps, terms, columns, fields) : undefined
    if (found === undefined) {
      refused++
      yield JSON.stringify({
        line,
        problem:
          'names nobody: kind, value, quotes or the number of columns are not of the documented form, or a spreadsheet rounded an id',
      })
      continue
    }
    if (found.disclosures === 0) continue
    total.people++
    total.disclosures += found.disclosures
    const country = byCountry.get(found.country) ?? { people: 0, disclosures: 0 }
    byCountry.set(found.country, {
      people: country.people + 1,
      disclosures: country.disclosures + found.disclosures,
    })
    for (const [law, treatments] of found.laws) {
      const sums = byLaw.get(law) ?? new Map<string, number>()
      for (const one of treatments) sums.set(one, (sums.get(one) ?? 0) + 1)
      byLaw.set(law, sums)
    }
    const { country: _, laws, ...rest } = found
    yield JSON.stringify({ line, ...rest, laws: [...laws.keys()].sort() })
  }
  if (columns === undefined) throw new GatewayError('ERR_REQUEST_INVALID', { allowed: HEADER })
  const sorted = <V>(map: ReadonlyMap<string, V>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
  yield JSON.stringify({
    summary: {
      ...total,
      refused,
      countries: sorted(byCountry),
      laws: sorted(new Map([...byLaw].map(([law, sums]) => [law, sorted(sums)]))),
    },
  })
}

const HEADER =
  'UTF-8, and a first line with the columns kind and value, or some of user, advertising_id, vendor_id, anonymous; and any of country, namespace'

function columnsOf(fields: readonly string[] | undefined): Columns {
  const names = (fields ?? []).map((name) => name.toLowerCase())
  const at = (name: string): number => names.indexOf(name)
  const kinds = IDENTITY_KINDS.flatMap((kind) => (at(kind) < 0 ? [] : [[kind, at(kind)] as const]))
  const isPair = at('kind') >= 0 && at('value') >= 0
  if (!isPair && kinds.length === 0) throw new GatewayError('ERR_REQUEST_INVALID', { allowed: HEADER })
  const pair = isPair ? { pair: [at('kind'), at('value')] as const } : {}
  return { count: names.length, ...pair, kinds, country: at('country'), namespace: at('namespace') }
}

/** What a line names, by kind. */
function namedIn({ pair, kinds }: Columns, fields: readonly string[]): Readonly<Record<string, string>> {
  if (pair !== undefined) return { [fields[pair[0]] ?? '']: fields[pair[1]] ?? '' }
  return Object.fromEntries(kinds.flatMap(([kind, at]) => (fields[at] === '' ? [] : [[kind, fields[at] ?? '']])))
}

async function lookUp(
  { choices, archive, revisions }: MatchDeps,
  terms: BreachTerms,
  at: Columns,
  fields: readonly string[],
) {
  const country = (fields[at.country] ?? '').toUpperCase()
  const named = namedIn(at, fields)
  const found = findNamespace(revisions.current().apps, fields[at.namespace] || undefined)
  const isUnclear = !found.ok && Object.hasOwn(named, 'user')
  if (isUnclear || Object.keys(named).length === 0 || Object.values(named).some(isRounded)) return undefined
  let keys: ReturnType<typeof choices.keysFor>
  try {
    const { identities } = parseIdentities(named, found.ok ? found.of : undefined)
    keys = identities.flatMap((identity) => choices.keysFor(identity))
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'ERR_IDENTITY_INVALID') return undefined
    throw error
  }
  const { partner, from, to } = terms
  const query = { kind: 'intent', partner, from, to, subject: keys, foundBy: keys, limit: MOST_FOUND }
  const { records } = await archive.find(query)
  const sent = records.filter(({ outcome }) => !isNotSent((outcome as { kind?: string } | undefined)?.kind))
  const fieldsOf = new Set<string>()
  const laws = new Map<string, Set<string>>()
  for (const { treatments, regime } of sent) {
    for (const [name, how] of Object.entries(treatments as Readonly<Record<string, string>>)) {
      if (how === 'drop') continue
      fieldsOf.add(`${name}=${how}`)
      const law = String(regime)
      laws.set(law, (laws.get(law) ?? new Set()).add(`${name}=${how}`))
    }
  }
  const days = sent.map(({ time }) => new Date(Number(time)).toISOString().slice(0, 10)).sort()
  return {
    country: COUNTRY.test(country) ? country : 'unknown',
    disclosures: sent.length,
    first: days[0],
    last: days.at(-1),
    fields: [...fieldsOf].sort(),
    laws,
  }
}
