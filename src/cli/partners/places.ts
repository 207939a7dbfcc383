/** Where a type writes a class, determined by leaving the class out. */
import { FREE, type PrivacyFlags } from '../../model/decision.ts'
import type { FieldClass } from '../../model/field-class.ts'
import { withoutTail } from '../../model/text.ts'
import type { View } from '../../model/values.ts'
import type { Encoder } from '../../partners/kit/type.ts'
import { EVERYTHING, viewOf } from './example.ts'
import type { Leaf } from './pointers.ts'
import { leavesOfRequest } from './request.ts'

const RESTRICTED: PrivacyFlags = { ...FREE, restricted: true, sale: true, sharing: true, targetedAdvertising: true }

/** The places that change if the class is missing, as short names: `idfa`, `user_data/em/0`, `header User-Agent`. */
export function placesOfClass(encoder: Encoder, name: FieldClass): readonly string[] {
  const found = new Set<string>()
  for (const platform of ['ios', 'android'] as const) {
    const kind = platform === 'ios' ? 'idfa' : 'aaid'
    const all = fitting(encoder, {
      ...viewOf(EVERYTHING, platform),
      advertising_id: { ...EVERYTHING.advertising_id!, kind },
    })
    if (all === undefined) continue
    const without = { ...all, [name]: undefined }
    const after = new Map(leavesOf(encoder, without, FREE) ?? [])
    // If the type cannot encode the event without it, compare with another value.
    const other = after.size === 0 ? new Map(leavesOf(encoder, { ...all, ...OTHER[name] }, FREE) ?? []) : after
    for (const [place, text] of leavesOf(encoder, all, FREE) ?? []) {
      if (other.get(place) !== text && !FLAG_LIKE.test(place)) found.add(shortPlace(place))
    }
  }
  return [...found]
}

/** Drops long fields until the event fits the partner's size limit. */
function fitting(encoder: Encoder, view: View): View | undefined {
  let tried: View = view
  for (const name of ['', 'email', 'phone', 'name'] as const) {
    if (name !== '') tried = { ...tried, [name]: undefined }
    if (encoder.item(tried, FREE).kind === 'item') return tried
  }
  return undefined
}

/** Flags that accompany an id, but do not hold it. */
const FLAG_LIKE =
  /(att|att_status|aie|dnt|lmt|limit_ad_tracking|tracking_enabled|advertiser_tracking_enabled|application_tracking_enabled|att_authorization_status|lat|atts|id_type|is_revenue_event|app_open_source|gclid_only_request)$/
const OTHER: Readonly<Partial<Record<FieldClass, object>>> = {
  message_id: { message_id: 'other' },
  time: { time: '2025-05-05T05:05:05.555Z' },
  ip: { ip: '198.51.100.5' },
  partner_id: {
    partner_id: Object.fromEntries(Object.keys(EVERYTHING.partner_id!).map((name) => [name, `other-${name}`])),
  },
}

export interface FlagPlace {
  readonly place: string
  readonly free: string | undefined
  readonly restricted: string | undefined
}

/** The places that a restriction changes. */
export function flagsOf(encoder: Encoder): readonly FlagPlace[] {
  const flags = new Map<string, FlagPlace>()
  for (const platform of ['ios', 'android'] as const) {
    const kind = platform === 'ios' ? 'idfa' : 'aaid'
    const view = fitting(encoder, {
      ...viewOf(EVERYTHING, platform),
      advertising_id: { ...EVERYTHING.advertising_id!, kind },
    })
    if (view === undefined) continue
    const [free, restricted] = [FREE, RESTRICTED].map((given) => new Map(leavesOf(encoder, view, given) ?? []))
    if (restricted!.size === 0) continue
    for (const place of new Set([...free!.keys(), ...restricted!.keys()])) {
      const [before, after] = [free!.get(place), restricted!.get(place)]
      const short = shortPlace(place)
      if (before !== after && !flags.has(short) && !isWholeJson(before ?? after))
        flags.set(short, { place: short, free: before, restricted: after })
    }
  }
  return [...flags.values()]
}

function isWholeJson(text: string | undefined): boolean {
  return text !== undefined && /^[[{].*[\]}]$/.test(text)
}

function leavesOf(encoder: Encoder, view: View, flags: PrivacyFlags): readonly Leaf[] | undefined {
  const encoded = encoder.item(view, flags)
  return encoded.kind === 'item' ? leavesOfRequest(encoder.envelope([encoded.bytes])) : undefined
}

function shortPlace(place: string): string {
  const short = place
    .replace(/^\/(params|body\/form|body\/json)\//, '')
    .replace(/^\/headers\//, 'header ')
    .replace(/^\/path\/.*/, 'path')
    .replace(/^(data|batch|events|data\/events)\/0\//, '')
  return withoutTail(short, '/0')
}
