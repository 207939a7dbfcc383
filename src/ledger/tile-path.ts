/** Names of tiles: `tile/<L>/<N>[.p/<W>]` of C2SP tlog-tiles. */

export interface TileName {
  readonly level: number
  readonly index: number
  /** Hashes in it: 256, or fewer for a partial tile. */
  readonly width: number
}

/** `path` is the part after `tile/`. Undefined unless it is a tile's canonical name. */
export function parseTilePath(path: string): TileName | undefined {
  const parts = /^(0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*)([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/u.exec(path)
  if (parts === null) return undefined
  const level = Number(parts[1])
  const groups = parts[2]!.replaceAll(/[x/]/gu, '') + parts[3]!
  const width = parts[4] === undefined ? 256 : Number(parts[4])
  if (level > 63 || groups.length > 15 || (parts[4] !== undefined && width > 255)) return undefined
  if (parts[2]!.startsWith('x000/')) return undefined
  return { level, index: Number(groups), width }
}

export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/[0-9]{3}/gu) ?? []
  const name = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/')
  return `${level}/${name}${width === 256 ? '' : `.p/${width}`}`
}
