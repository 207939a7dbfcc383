/** Formats the simulator's answers as text. */

import type { ClassifiedLeaf } from '../../simulate/leaves.ts'
import type { Matrix } from '../../simulate/matrix.ts'
import type { Compared, SimulationAnswer } from '../../simulate/simulator.ts'
import type { ShownRequest, SimulatedPartner } from '../../simulate/stages.ts'
import type { WhoReceives } from '../../simulate/who.ts'
import { columns, cut, short, WIDTH, wrap } from './lines.ts'

/** Places listed; more are only counted. */
const NAMED_PLACES = 12

export function printSimulation(answer: SimulationAnswer): readonly string[] {
  const { event, app, at, masked, leaves, decoded, verdict, partners } = answer
  const lines = [
    `${event === '' ? 'an event that no contract names' : event} · ${app} · ${revisionWords(answer)} · ${at}`,
  ]
  if (masked) lines.push('An event somebody sent: every value below is a stand-in.')
  lines.push('', '1  As received, and what reads it')
  lines.push(...(leaves.length > 0 ? leafLines(leaves) : fieldLines(answer.fields)))
  if (decoded.length > 0) {
    lines.push('', '   Signals as understood')
    const rows = decoded.map(({ signal, state, problem, value }) => [
      signal,
      state === 'invalid'
        ? `cannot be used: ${problem}`
        : state === 'absent'
          ? 'as if absent'
          : short(value ?? 'valid', 70),
    ])
    lines.push(...columns(rows, [24], '   '))
  }
  if (verdict !== undefined) {
    lines.push('', '2  What may be done')
    for (const word of verdict.words) lines.push(...wrap(word, '   '))
  }
  if (partners.length === 0) lines.push('', '3  No contract names this event for this app: it goes to nobody.')
  for (const partner of partners) lines.push('', ...partnerLines(partner))
  lines.push('', 'Nothing was sent.')
  return lines
}

function revisionWords({ revision, draft }: { readonly revision: number; readonly draft: boolean }): string {
  if (draft) return `a draft over revision ${revision}`
  return revision === 0 ? 'the files' : `revision ${revision}`
}

function leafLines(leaves: readonly ClassifiedLeaf[]): readonly string[] {
  const rows = leaves.map(({ path, value, classes, signals, kept, note }) => {
    const readers = [...classes, ...signals.map((signal) => `signal ${signal}`)].join(', ')
    const dropped = classes.length > 0 && !kept ? ' · not kept' : ''
    return [path, short(value, 30), readers === '' ? note : `${readers}${dropped}`]
  })
  return columns(rows, [32, 30], '   ')
}

function fieldLines(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return columns(
    Object.entries(fields).map(([name, value]) => [name, short(value, 60)]),
    [18],
    '   ',
  )
}

function partnerLines({ partner, name, result, why, because, fields, request }: SimulatedPartner): readonly string[] {
  const head = `3  ${name} (${partner})`
  const rows = Object.entries(fields).map(([field, { treatment, because: words, received, sent }]) => [
    field,
    treatment,
    sent === undefined ? (received === undefined ? 'the event has none' : '—') : short(sent, 26),
    words,
  ])
  const lines =
    result === 'withheld'
      ? wrap(`nothing leaves: ${because} (${why})`, `${head}: `)
      : wrap(why === 'agreed' ? 'a request' : `a request, limited: ${because} (${why})`, `${head}: `)
  // If everything is withheld for one reason, a line for each field adds nothing.
  if (request === undefined) return lines
  return [...lines, ...columns(rows, [15, 9, 26], '   '), '', ...requestLines(request)]
}

export function requestLines({ method, url, headers, body }: ShownRequest): readonly string[] {
  const indent = '   │ '
  const text = [`${method} ${url}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
  const all = body === '' ? text : [...text, '', body]
  return all.flatMap((line) => cut(line, WIDTH - indent.length).map((piece) => `${indent}${piece}`.trimEnd()))
}

export function printMatrix(
  matrix: Matrix & { readonly revision: number; readonly draft: boolean },
): readonly string[] {
  const { partners, rows } = matrix
  if (partners.length === 0) return ['No contract names this event for this app: it goes to nobody.']
  const width = Math.max(12, Math.floor((WIDTH - 26) / partners.length) - 2)
  const line = (cells: readonly string[], head: string): string =>
    `${short(head, 24).padEnd(24)}  ${cells.map((cell) => short(cell, width).padEnd(width)).join('  ')}`.trimEnd()
  const lines = [line(partners, revisionWords(matrix))]
  for (const kind of ['said', 'law'] as const) {
    lines.push('', kind === 'said' ? 'What the person or device says' : 'The same person under the law of')
    // Group laws that treat every partner alike.
    const same = Map.groupBy(
      rows.filter((row) => row.kind === kind),
      ({ state, cells }) => (kind === 'law' ? JSON.stringify(cells) : state),
    )
    for (const group of same.values()) {
      const cells = group[0]!.cells.map(({ result, why, leaves }) => {
        const count = Object.keys(leaves).length
        return result === 'withheld'
          ? `· ${why}`
          : `${count} field${count === 1 ? '' : 's'}${why === 'agreed' ? '' : ` (${why})`}`
      })
      const [first, ...others] = group.map(({ state }) => state)
      lines.push(line(cells, first!))
      if (others.length > 0) lines.push(...wrap(`and ${others.join(', ')}`, '  '))
    }
  }
  return lines
}

export function printComparison({ before, after, partners }: Compared): readonly string[] {
  const lines = [`${revisionWords(before)}  →  ${revisionWords(after)}`]
  for (const { partner, change, before: was, after: is, treatments, propertiesAdded, propertiesRemoved } of partners) {
    const words = {
      same: 'the same request',
      changed: 'another request',
      newly_sent: `newly sent (was withheld: ${was.why})`,
      newly_withheld: `newly withheld: ${is.why}`,
      withheld: `withheld, as before: ${is.why}`,
    }[change]
    lines.push('', `${partner}: ${words}`)
    const rows = Object.entries(treatments).map(([name, one]) => [name, one.before, `→ ${one.after}`])
    lines.push(...columns(rows, [18, 10], '   '))
    if (propertiesAdded.length > 0) lines.push(...wrap(propertiesAdded.join(', '), '   properties newly named: '))
    if (propertiesRemoved.length > 0) lines.push(...wrap(propertiesRemoved.join(', '), '   properties no more: '))
  }
  lines.push('', 'Nothing was sent.')
  return lines
}

export function printWho(field: string, partners: readonly WhoReceives[]): readonly string[] {
  const can = partners.filter(({ ever }) => ever)
  const lines =
    can.length === 0
      ? [`Nobody can ever receive ${field}.`]
      : [`${can.length} of ${partners.length} partners can receive ${field}.`]
  for (const { name, partner, events, apps, ever, received, never } of partners) {
    lines.push('')
    if (!ever) {
      lines.push(
        ...wrap(`never: ${[...new Set(never.map(({ because }) => because))].join(' ')}`, `${name} (${partner})  `),
      )
      continue
    }
    lines.push(...wrap(`${events.join(', ')} of ${apps.join(', ')}`, `${name} (${partner})  `))
    for (const { treatment, laws, places, when } of received) {
      const shown = places.slice(0, NAMED_PLACES).join(', ')
      const more = places.length > NAMED_PLACES ? ` and ${places.length - NAMED_PLACES} more places` : ''
      lines.push(...wrap(`in ${shown}${more} (${laws.join(', ')}):`, `  ${treatment.padEnd(9)} `))
      for (const words of when) lines.push(...wrap(words, '            • '))
    }
    for (const { laws, because } of never) lines.push(...wrap(`${laws.join(', ')}: ${because}`, '  never     '))
  }
  return lines
}
