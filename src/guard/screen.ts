/**
 * At acceptance: what no partner could receive is dropped before the event is stored, and the last-hop scanner will
 * never see it. So what is kept is searched here for what was dropped; a kept slot that holds it is tainted.
 */
import type { JsonObject } from '../model/brand.ts'
import type { FieldValues } from '../model/values.ts'
import { createHaystack, type Needle, needleOf } from './haystack.ts'
import { type Leaf, leavesOf } from './leaves.ts'

/** Kept slots in which a value is an identity by nature: a dropped copy of it elsewhere taints nothing. */
const IDENTITY_SLOTS: ReadonlySet<string> = new Set([
  'advertising_id',
  'vendor_id',
  'device_id',
  'user_id',
  'anonymous_id',
  'push_token',
  'partner_id',
  'click_id',
  'message_id',
  'ip',
  'coordinates',
  'email',
  'phone',
  'time',
])

/**
 * @param received the event as it came in, batch context merged
 * @returns tainted slots: a class, or `property.<source path>`
 */
export function screen(received: JsonObject, kept: FieldValues): readonly string[] {
  const keptTexts = keptLeaves(kept)
  if (keptTexts.length === 0) return []
  const identities = identityTexts(kept)
  const dropped = droppedLeaves(received, keptTexts, identities)
  if (dropped.length === 0) return []
  const all = createHaystack(keptTexts.map(({ text }) => text).join('\n'))
  const suspects = dropped.filter((needle) => all.find(needle) !== undefined)
  if (suspects.length === 0) return []
  const tainted = new Set<string>()
  for (const { slot, text } of keptTexts) {
    const own = createHaystack(text)
    if (suspects.some((needle) => own.find(needle) !== undefined)) tainted.add(slot)
  }
  return [...tainted]
}

/** Leaves that are kept outside identity slots, each under the slot that a decision names. */
function keptLeaves(kept: FieldValues): Leaf[] {
  const { property, ...typed } = kept
  const named = leavesOf(property ?? {}).map(({ slot, text }) => ({ slot: `property.${slot}`, text }))
  return [...named, ...leavesOf(typed).filter(({ slot }) => !IDENTITY_SLOTS.has(slot))]
}

function identityTexts(kept: FieldValues): ReadonlySet<string> {
  return new Set(
    leavesOf(kept)
      .filter(({ slot }) => IDENTITY_SLOTS.has(slot))
      .map(({ text }) => text),
  )
}

/**
 * Received leaves that look like an identifier, contact, address or position and are not themselves what is kept. A
 * leaf of `properties` that equals a kept one is taken for it; a leaf of `context` or `traits` never is: an advertising
 * id that an app also wrote into a property stays an advertising id.
 */
function droppedLeaves(received: JsonObject, keptTexts: readonly Leaf[], identities: ReadonlySet<string>): Needle[] {
  const keptProperties = new Set<string>()
  const keptTyped = new Set<string>()
  for (const { slot, text } of keptTexts) (slot.startsWith('property.') ? keptProperties : keptTyped).add(text)
  const traitsKept = keptTexts.some(({ slot }) => slot.startsWith('property.traits.'))
  const dropped: Needle[] = []
  for (const { slot, text } of leavesOf(received)) {
    if (identities.has(text) || keptTyped.has(text)) continue
    const isNamed =
      keptProperties.has(text) &&
      (slot === 'properties' || slot === 'name' || (traitsKept && (slot === 'traits' || slot === 'context')))
    if (isNamed) continue
    const needle = needleOf(text)
    if (needle.shape !== 'value') dropped.push(needle)
  }
  return dropped
}
