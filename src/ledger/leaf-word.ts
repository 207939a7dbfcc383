/** Encodes words by the numbers of their tables. */
import { LeafError } from './leaf-error.ts'
import { putByte } from './leaf-put.ts'
import type { LeafReader } from './leaf-take.ts'

export function putNumber<Word extends string>(
  into: Uint8Array,
  at: number,
  numbers: Readonly<Record<Word, number>>,
  word: Word,
  field: string,
): number {
  const number = numbers[word] as number | undefined
  if (number === undefined) throw new LeafError('number_unknown', field)
  return putByte(into, at, number, field)
}

export function takeWord<Word extends string>(
  words: readonly (Word | undefined)[],
  from: LeafReader,
  field: string,
): Word {
  const word = words[from.byte(field)]
  if (word === undefined) throw new LeafError('number_unknown', field)
  return word
}
