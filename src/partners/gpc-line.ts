/**
 * Global Privacy Control travels on as the header `Sec-GPC: 1`. Where a partner's body has no place for it, the item's
 * bytes carry it as a second line, so that the ledger commits to the header too.
 */
import type { PrivacyFlags } from '../model/decision.ts'

const LINE = '\nSec-GPC: 1'
export const GPC_HEADER = { 'Sec-GPC': '1' } as const

/** @param text one line: a path or compact JSON */
export function withGpcLine(text: string, flags: PrivacyFlags): string {
  return flags.gpc ? text + LINE : text
}

/** An item as `withGpcLine` wrote it, taken apart again. */
export function splitGpcLine(item: string): {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
} {
  return item.endsWith(LINE) ? { text: item.slice(0, -LINE.length), headers: GPC_HEADER } : { text: item, headers: {} }
}
