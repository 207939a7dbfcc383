/** Summarises a scene: what each partner received, what was withheld, and why. */
import type { IntakeTotals } from '../../intake/ports.ts'
import type { JsonObject } from '../../model/brand.ts'
import { type Reason, sentenceOfEvent } from '../../model/reason.ts'
import type { ReceivedRequest } from './partner-server.ts'
import { passageOf } from './passage.ts'

/** Withheld names that are listed. */
const MOST_NAMED = 8

export interface PartnerTold {
  readonly partner: string
  /** A service provider, which an opt-out of sale and advertising does not affect. */
  readonly isProvider: boolean
  readonly requests: readonly ReceivedRequest[]
}

/** @param sent the scene's events; without any, or with `full`, requests are printed as received */
export function* receivedLines(
  { partner, isProvider, requests }: PartnerTold,
  sent: readonly JsonObject[],
  full: boolean,
): Generator<string> {
  if (requests.length === 0) return
  const name = `  ${partner}${isProvider ? ', a service provider,' : ''}`
  if (full || sent.length === 0)
    for (const { method, path, body } of requests) {
      yield `${name} received ${method} ${path}`
      if (body !== '') yield `    ${body}`
    }
  if (sent.length === 0) return
  const { left, stayed } = passageOf(sent, requests.map(({ path, body }) => `${path}\n${body}`).join('\n'))
  if (!full) yield `${name} received ${left.join(', ')}`
  const more = stayed.length - MOST_NAMED
  if (stayed.length > 0)
    yield `    and not ${stayed.slice(0, MOST_NAMED).join(', ')}${more > 0 ? `, nor ${more} more` : ''}`
}

/** One line for each reason. */
export function* withheldLines(before: IntakeTotals, after: IntakeTotals): Generator<string> {
  const partners = new Map<Reason, string[]>()
  for (const [partner, { withheldBy }] of Object.entries(after.pairs))
    for (const [why, count] of Object.entries(withheldBy) as [Reason, number][])
      if (count > (before.pairs[partner]?.withheldBy[why] ?? 0))
        partners.set(why, [...(partners.get(why) ?? []), partner])
  for (const [why, names] of partners) yield `  ${names.join(', ')} received nothing: ${sentenceOfEvent(why)} (${why})`
}
