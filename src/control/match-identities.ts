/**
 * Matches a company's own file against the subjects of a breach. Each line is looked up as it arrives, and nothing is stored.
 * Answers give line numbers, never identities.
 */
import { separatorOf, splitCsvLine } from '../choices/csv.ts'
import { parseIdentities } from '../choices/named.ts'
import { findNamespace } from '../choices/namespaces.ts'
import { isNotSent } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { BreachTerms } from '../subjects/packs.ts'
import type { ControlDeps } from './deps.ts'

/** Most disclosures counted for one line. */
const MOST_FOUND = 1_000
const MAX_LINE_CHARACTERS = 4_096

const COUNTRY = /^[A-Z]{2}$/u

type MatchDeps = Pick<ControlDeps, 'choices' | 'archive' | 'revisions'>
interface Columns {
  readonly kind: number
  readonly value: number
  readonly country: number
  readonly namespace: number
  readonly separator: ReturnType<typeof separatorOf>
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
  let number = 0
  for await (const line of linesOf(pieces)) {
    number++
    if (line.trim() === '') continue
    if (columns === undefined) {
      columns = columnsOf(line)
      continue
    }
    total.lines++
    const fields = line.length > MAX_LINE_CHARACTERS ? undefined : splitCsvLine(line, columns.separator)
    const found = fields === undefined ? undefined : await lookUp(deps, terms, columns, fields)
    if (found === undefined) {
      refused++
      yield JSON.stringify({
        line: number,
        problem: 'names nobody: kind, value or quotes are not of the documented form',
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
    yield JSON.stringify({ line: number, ...rest, laws: [...laws.keys()].sort() })
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

const HEADER = 'a first line with the columns kind and value, and any of country, namespace'

function columnsOf(line: string): Columns {
  const separator = separatorOf(line)
  const names = (splitCsvLine(line.replace(/^\uFEFF/u, ''), separator) ?? []).map((name) => name.toLowerCase())
  const at = (name: string): number => names.indexOf(name)
  if (at('kind') < 0 || at('value') < 0) throw new GatewayError('ERR_REQUEST_INVALID', { allowed: HEADER })
  return { kind: at('kind'), value: at('value'), country: at('country'), namespace: at('namespace'), separator }
}

async function lookUp(
  { choices, archive, revisions }: MatchDeps,
  terms: BreachTerms,
  at: Columns,
  fields: readonly string[],
) {
  const {
    kind = '',
    value = '',
    country = '',
    namespace,
  } = {
    kind: fields[at.kind],
    value: fields[at.value],
    country: fields[at.country],
    namespace: fields[at.namespace],
  }
  const found = findNamespace(revisions.current().apps, namespace === '' ? undefined : namespace)
  if (!found.ok && kind === 'user') return undefined
  let keys: ReturnType<typeof choices.keysFor>
  try {
    const { identities } = parseIdentities({ [kind]: value }, found.ok ? found.of : undefined)
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
    country: COUNTRY.test(country.toUpperCase()) ? country.toUpperCase() : 'unknown',
    disclosures: sent.length,
    first: days[0],
    last: days.at(-1),
    fields: [...fieldsOf].sort(),
    laws,
  }
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/u)
    rest = lines.pop() ?? ''
    if (rest.length > 65_536)
      throw new GatewayError('ERR_REQUEST_INVALID', { allowed: 'lines of 65,536 characters at most' })
    yield* lines
  }
  if (rest !== '') yield rest
}
