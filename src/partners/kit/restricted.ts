import type { PrivacyFlags } from '../../model/decision.ts'

/** True if anything restricts: the partner's own flags are then set, whatever else leaves. */
export function isRestricted(flags: PrivacyFlags): boolean {
  return flags.restricted || flags.sale || flags.sharing || flags.targetedAdvertising || flags.deviceLimit || flags.gpc
}
