/** The verdict in lines; the last one is what a reader looks for. */
import type { Verdict } from './campaign.ts'

/** Findings of one kind that are printed in full. */
const MOST_SHOWN = 20

export function summaryOf(
  cycles: number,
  { accepted, findings, coverage, dataFolder }: Pick<Verdict, 'accepted' | 'findings' | 'coverage' | 'dataFolder'>,
): { readonly lines: readonly string[]; readonly isClean: boolean } {
  const count = (kind: string): number => findings.filter((finding) => finding.kind === kind).length
  const details = ['lost', 'unlogged', 'forbidden'].flatMap((kind) => {
    const found = findings.filter((finding) => finding.kind === kind)
    const more = found.length - MOST_SHOWN
    return [
      ...found.slice(0, MOST_SHOWN).map(({ says }) => `${kind}: ${says}`),
      ...(more > 0 ? [`${kind}: … and ${more} more`] : []),
    ]
  })
  return {
    lines: [
      `came across: ${JSON.stringify(coverage)}`,
      ...details,
      ...(findings.length === 0 ? [] : [`data folder: ${dataFolder}`]),
      `${cycles} cycles: ${accepted} accepted, ${count('lost')} lost, ${count('unlogged')} unlogged, ${count('forbidden')} forbidden`,
    ],
    isClean: findings.length === 0,
  }
}
