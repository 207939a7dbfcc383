import type { Floor, KeptHashes } from './store.ts'

interface KeptSource {
  floor(): Floor | undefined
  node(level: number, index: number): Uint8Array | undefined
}

/** The roots in the floor's compact range, and the hashes kept by pruning. Reads the floor each time, because it may rise. */
export function keptHashes(source: () => KeptSource | undefined): KeptHashes {
  let roots = new Map<string, Uint8Array>()
  let size = -1
  const look = (): number => {
    const floor = source()?.floor()
    if ((floor?.size ?? 0) !== size) {
      size = floor?.size ?? 0
      roots = floor === undefined ? new Map() : rootsOf(floor)
    }
    return size
  }
  return {
    floor: look,
    root: (level, index) => {
      look()
      return roots.get(`${level} ${index}`)
    },
    node: (level, index) => source()?.node(level, index),
  }
}

function rootsOf({ size, range }: Floor): Map<string, Uint8Array> {
  const roots = new Map<string, Uint8Array>()
  let at = 0
  let from = 0
  for (let rest = size; rest > 0; at += 32) {
    const level = Math.floor(Math.log2(rest))
    roots.set(`${level} ${from / 2 ** level}`, range.subarray(at, at + 32))
    from += 2 ** level
    rest -= 2 ** level
  }
  return roots
}
