import fc from 'fast-check'

const SURROGATES = { from: 0xd800, count: 0x800 }

/** Any character of Unicode: as the unit `binary`, which first makes a table of a million of them. */
export const anyCharacter = fc.nat({ max: 0x10ffff - SURROGATES.count }).map(
  (nth) => String.fromCodePoint(nth < SURROGATES.from ? nth : nth + SURROGATES.count),
  (text) => {
    const point = typeof text === 'string' ? text.codePointAt(0) : undefined
    if (point === undefined || text !== String.fromCodePoint(point)) throw new Error('not one character')
    return point < SURROGATES.from ? point : point - SURROGATES.count
  },
)
