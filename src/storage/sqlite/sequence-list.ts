/** Ascending integers as LEB128 deltas: seven bits a byte, lowest first. */

export function encodeAscending(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 8)
  let at = 0
  let before = 0
  for (const number of numbers) {
    let rest = number - before
    if (rest <= 0) throw new RangeError('numbers must ascend from 1')
    while (rest >= 128) {
      bytes[at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    bytes[at++] = rest
    before = number
  }
  return bytes.subarray(0, at)
}

export function decodeAscending(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let before = 0
  let rest = 0
  let scale = 1
  for (const byte of bytes) {
    rest += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    before += rest
    numbers.push(before)
    rest = 0
    scale = 1
  }
  if (scale !== 1) throw new RangeError('the list ends within a number')
  return numbers
}
