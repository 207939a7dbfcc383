/** The name within an edit distance of two; undefined if there is none. */
export function nearestName(asked: string, names: readonly string[]): string | undefined {
  const plain = asked.toLowerCase()
  let best: string | undefined
  let fewest = Math.min(3, Math.ceil(plain.length / 2))
  for (const name of names) {
    const slips = slipsBetween(plain, name)
    if (slips < fewest) [best, fewest] = [name, slips]
  }
  return best
}

function slipsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const here = [row]
    for (let column = 1; column <= b.length; column++) {
      const changed = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      here.push(Math.min(changed, above[column]! + 1, here[column - 1]! + 1))
    }
    above = here
  }
  return above[b.length]!
}
