/** Suggestions for typos. */

/** The most similar candidate; undefined if none is close enough to be a typo. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const asked = plain(word)
  let best: string | undefined
  // At most a third of the letters, and never more than three.
  let bestDistance = Math.min(3, Math.max(1, Math.floor(asked.length / 3))) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > 4) continue
    const distance = editDistance(asked, plain(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `Did you mean x?`, or `''`. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = suggest(word, candidates)
  return near === undefined ? '' : `Did you mean ${near}?`
}

/** Insertions, deletions, replacements and swaps of neighbours cost one each (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      }
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** Case and separators are the most common mistakes: `advertisingId` for `advertising_id`. */
function plain(word: string): string {
  return word
    .slice(0, 80)
    .toLowerCase()
    .replace(/[\s_-]/g, '')
}
