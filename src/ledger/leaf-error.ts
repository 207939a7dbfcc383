/** Why a record cannot be encoded as a leaf, or bytes decoded as one. `docs/ledger-format.md` lists the names. */
export const LEAF_PROBLEMS = {
  version_unknown: 'The first byte is not a leaf version this program knows.',
  kind_unknown: 'The second byte is not a record kind of this version.',
  flags_unknown: 'A flag is set that this version does not define.',
  cut_short: 'The bytes end before the record does.',
  trailing_bytes: 'Bytes follow the end of the record.',
  not_text: 'A text is not well-formed Unicode.',
  number_unknown: 'A number stands for no word of its table, or a word has no number.',
  out_of_range: 'A value is outside the range of its place.',
  not_canonical: 'The same record has other, canonical bytes.',
  too_long: 'A text or list is longer than its place allows.',
} as const
export type LeafProblem = keyof typeof LEAF_PROBLEMS

/** Thrown by `encodeLeaf` and `decodeLeaf`. Names the field, never its value. */
export class LeafError extends Error {
  readonly problem: LeafProblem
  readonly field: string
  constructor(problem: LeafProblem, field: string) {
    super(`${field}: ${LEAF_PROBLEMS[problem]}`)
    this.name = 'LeafError'
    this.problem = problem
    this.field = field
  }
}
