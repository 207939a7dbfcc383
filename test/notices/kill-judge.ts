/** What is said of a campaign: by what the partners saw, and what the gateway says became of each notice. */
import type { KillPartner, ToldOnce } from './kill-partner.ts'

/** A notice as staff sees it. */
export interface ListedNotice {
  readonly id: string
  readonly partner: string
  readonly verb: string
  readonly state: string
  readonly task?: true
}

export interface Campaign {
  readonly partners: readonly Pick<KillPartner, 'id' | 'told' | 'known'>[]
  /** Partners at which telling twice is the same as once. */
  readonly repeatable: ReadonlySet<string>
  /** By verb, the vendor ids of those whose request was acknowledged. */
  readonly asked: Readonly<Record<string, readonly string[]>>
  readonly listed: readonly ListedNotice[]
}

/** By what a partner answered, how a notice may have ended. */
const ENDS: Readonly<Record<string, string>> = {
  accepted: 'accepted',
  confirmed: 'confirmed',
  in_progress: 'confirmed',
  no_match: 'no_match',
  refused: 'refused',
}

/** One sentence for each thing that is not as it must be; no identifier in any. */
export function judge(campaign: Campaign): readonly string[] {
  return campaign.partners.flatMap((partner) => [...ofRequests(campaign, partner), ...ofEnds(campaign, partner)])
}

function ofRequests({ repeatable, asked }: Campaign, { id, told, known }: Campaign['partners'][number]): string[] {
  const found: string[] = []
  for (const [notice, requests] of Map.groupBy(told, (one) => one.notice)) {
    // A refusal for now says that nothing was done; whatever else a request met with, it may have been heeded.
    const heeded = requests.findIndex(({ manner }) => manner !== 'later')
    if (!repeatable.has(id) && heeded >= 0 && heeded < requests.length - 1)
      found.push(`${id}: ${notice} was repeated after "${requests[heeded]!.manner}"`)
    if (new Set(requests.map(saying)).size > 1) found.push(`${id}: ${notice} said different things`)
  }
  for (const [, requests] of Map.groupBy(told, saying)) {
    const ids = new Set(requests.map(({ notice }) => notice))
    if (ids.size > 1) found.push(`${id}: one identifier went under ${ids.size} ids: ${[...ids].join(', ')}`)
  }
  const may = new Set(
    Object.entries(asked).flatMap(([verb, people]) =>
      people.flatMap((person) => [...(known.get(person) ?? [])].map((value) => `${verb} ${value}`)),
    ),
  )
  for (const one of told)
    if (!may.has(saying(one))) found.push(`${id}: ${one.notice} tells of what nobody asked, or of whom it did not know`)
  return found
}

function ofEnds({ repeatable, asked, listed }: Campaign, { id, told, known }: Campaign['partners'][number]): string[] {
  const found: string[] = []
  const requestsOf = Map.groupBy(told, ({ notice }) => notice)
  for (const [verb, people] of Object.entries(asked)) {
    const due = people.reduce((sum, person) => sum + (known.get(person)?.size ?? 0), 0)
    const made = listed.filter((one) => one.partner === id && one.verb === verb)
    if (made.length !== due) found.push(`${id}: ${made.length} notices of ${verb}, where ${due} were due`)
    for (const one of made) found.push(...ofEnd(one, requestsOf.get(one.id) ?? [], repeatable.has(id)))
  }
  const ids = new Set(listed.map((one) => one.id))
  for (const notice of requestsOf.keys()) if (!ids.has(notice)) found.push(`${id}: ${notice} is nowhere on record`)
  return found
}

function ofEnd({ id, partner, state, task }: ListedNotice, requests: readonly ToldOnce[], repeatable: boolean) {
  if (state === 'unresolved')
    return repeatable ? [`${partner}: ${id} ended unresolved`] : task ? [] : [`${partner}: ${id} is no task`]
  if (requests.some(({ manner }) => ENDS[manner] === state)) return []
  return [`${partner}: ${id} ended as ${state}, after ${requests.map(({ manner }) => manner).join(', ') || 'nothing'}`]
}

function saying({ verb, identifier }: ToldOnce): string {
  return `${verb} ${identifier.value}`
}
