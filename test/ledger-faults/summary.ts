/** The verdict in lines; the last one is what a reader looks for. */
import type { Verdict } from './campaign.ts'

/** Findings that are printed in full. */
const MOST_SHOWN = 30

export function summaryOf(
  cycles: number,
  { findings, coverage, folder }: Pick<Verdict, 'findings' | 'coverage' | 'folder'>,
): { readonly lines: readonly string[]; readonly isClean: boolean } {
  const count = (kind: string): number => findings.filter((finding) => finding.kind === kind).length
  const more = findings.length - MOST_SHOWN
  return {
    lines: [
      `came across: ${JSON.stringify(coverage)}`,
      ...findings.slice(0, MOST_SHOWN).map(({ kind, says }) => `${kind}: ${says}`),
      ...(more > 0 ? [`… and ${more} more`] : []),
      ...(findings.length > 0 ? [`left on disk: ${folder}`] : []),
      `${cycles} cycles: ${count('lost')} lost, ${count('unlogged')} unlogged, ${count('undetected')} undetected`,
    ],
    isClean: findings.length === 0,
  }
}
