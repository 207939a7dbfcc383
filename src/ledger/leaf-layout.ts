/** Offsets of a leaf's fixed parts, in bytes. `docs/ledger-format.md` describes the rest. */
/** The version written. */
export const LEAF_VERSION = 4
/** Also read: the same layout, kinds 1 to 5, no extension. */
export const OLDEST_VERSION = 3
export const KIND_AT = 1
export const FLAGS_AT = 2
const SEQ_AT = 3
export const TIME_AT = 9
/** The body: the disclosure id of an INTENT or OUTCOME, the event reference of a WITHHELD, else a nonce. */
export const BODY_AT = 15
export const ID_BYTES = 16
/** The longest leaf: frames store a leaf's length in two bytes. */
export const MAX_LEAF_BYTES = 65_535
export const MAX_TEXT_BYTES = 255
/** For event names and facts: a contract's event names may have 200 characters of any script. */
export const MAX_LONG_TEXT_BYTES = 1_024
export const COMMITMENT_BYTES = 32
export const BLIND_BYTES = 16
/** Fixed parts of an INTENT and a NOTICE. */
export const EPOCH_AT = 47
export const BLIND_AT = 49
export const COMMITMENT_AT = 65
export const SIZE_AT = 97
/** An INTENT's shape, the part that many INTENTs share, runs from here to the end of the record. */
export const SHAPE_AT = 103
/** An OUTCOME's partner, followed by how it ended. */
export const OUTCOME_PARTNER_AT = 54
/** A WITHHELD's shape; a counting WITHHELD has its count first. */
export const WITHHELD_AT = 31
/** The action of an action record. */
export const ACTION_AT = 31
export const NONCE_BYTES = 16
/** Flag of a WITHHELD: it counts the pairs of a minute, in 4 bytes. */
export const FLAG_COUNT = 1
export const COUNT_BYTES = 4
/** Flag: a section with sealed values follows the body. */
export const FLAG_SEALED = 4
/** Flag, from version 4 on: facts of a later Sluice follow at the end. */
export const FLAG_EXTENDED = 8
/** For kinds whose time is a day. */
export const DAY_MS = 86_400_000
/** The largest number six bytes hold. */
export const MAX_U48 = 2 ** 48 - 1

/** A view of the same memory. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Writes a sequence number (0 to 2^48 - 1) into a leaf. */
export function putSeq(leaf: Uint8Array, seq: number, at = 0): void {
  const high = Math.floor(seq / 0x1_0000_0000)
  leaf[at + SEQ_AT] = high >> 8
  leaf[at + SEQ_AT + 1] = high
  leaf[at + SEQ_AT + 2] = seq >>> 24
  leaf[at + SEQ_AT + 3] = seq >>> 16
  leaf[at + SEQ_AT + 4] = seq >>> 8
  leaf[at + SEQ_AT + 5] = seq
}
