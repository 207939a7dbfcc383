/**
 * The tables of one ledger segment. A view computes the queried columns from the leaf: it takes no space, adds no cost to an
 * append (generated columns of a STRICT table cost 4 µs a row at insert), and cannot disagree with the leaf.
 */

/** Four leaf kinds hold a disclosure id and an event reference; a fifth only a reference. Offsets count from 1, as in SQL. */
const KIND_AT = 2
const TIME_AT = 10
const BODY_AT = 16
const ID_BYTES = 16
const INTENT_PARTNER_AT = 104
const OUTCOME_PARTNER_AT = 55
const COUNT_BYTES = 4
const HEX_DIGITS = '123456789ABCDEF'

/** SQL for a big-endian number of `bytes` bytes at offset `at` of the leaf. */
function number(at: number | string, bytes: number): string {
  const digits = Array.from({ length: bytes * 2 }, (_, i) => {
    const digit = `instr('${HEX_DIGITS}', substr(hex(substr(leaf, ${at}, ${bytes})), ${i + 1}, 1))`
    return `(${digit} << ${4 * (bytes * 2 - 1 - i)})`
  })
  return digits.join(' + ')
}

const KIND = `substr(leaf, ${KIND_AT}, 1)`
const byKind = (disclosure: string, withheld: string): string =>
  `CASE WHEN ${KIND} IN (x'01', x'02', x'06', x'07') THEN ${disclosure} WHEN ${KIND} = x'03' THEN ${withheld} END`
const blob = (at: number): string => `substr(leaf, ${at}, ${ID_BYTES})`
/** Offset of the partner, by kind; in a counting WITHHELD it follows the count. */
const PARTNER_AT = `CASE WHEN ${KIND} IN (x'01', x'06') THEN ${INTENT_PARTNER_AT}
    WHEN ${KIND} IN (x'02', x'07') THEN ${OUTCOME_PARTNER_AT}
    WHEN ${KIND} = x'03' THEN ${BODY_AT + ID_BYTES} + ${COUNT_BYTES} * (substr(leaf, 3, 1) IN (x'01', x'09')) END`

export const SEGMENT_FORMAT = 4
/** Also read: leaves of version 3 and no `finders`. Takes no leaves of a later version. */
export const OLDEST_SEGMENT_FORMAT = 3
/** `PRAGMA application_id` of a segment: the letters SLGR. */
export const SEGMENT_APPLICATION_ID = 0x534c4752

export const SEGMENT_SCHEMA = `
CREATE TABLE segment(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  format INTEGER NOT NULL,
  first INTEGER NOT NULL,
  range BLOB NOT NULL,
  opened_at INTEGER NOT NULL,
  sealed_at INTEGER
) STRICT;
CREATE TABLE leaves(seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE VIEW records AS SELECT
  seq,
  CASE ${KIND} WHEN x'01' THEN 'intent' WHEN x'02' THEN 'outcome' WHEN x'03' THEN 'withheld' WHEN x'04' THEN 'control'
    WHEN x'05' THEN 'request' WHEN x'06' THEN 'notice' WHEN x'07' THEN 'notice_outcome' WHEN x'08' THEN 'notice_end'
    WHEN x'09' THEN 'receipt' WHEN x'0A' THEN 'case' WHEN x'0B' THEN 'by_hand' WHEN x'0C' THEN 'cell' END AS kind,
  ${number(TIME_AT, 6)} AS time,
  ${byKind(blob(BODY_AT), 'NULL')} AS id,
  ${byKind(blob(BODY_AT + ID_BYTES), blob(BODY_AT))} AS event_ref,
  CAST(substr(leaf, at + 1, ${number('at', 1)}) AS TEXT) AS partner
  FROM (SELECT seq, leaf, ${PARTNER_AT} AS at FROM leaves);
CREATE TABLE heads(size INTEGER PRIMARY KEY, root BLOB NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE TABLE checkpoints(size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE nodes(level INTEGER, n INTEGER, hash BLOB NOT NULL, PRIMARY KEY(level, n)) STRICT, WITHOUT ROWID;
CREATE TABLE owners(size INTEGER PRIMARY KEY, ids BLOB NOT NULL) STRICT;
CREATE TABLE finders(size INTEGER PRIMARY KEY, sets BLOB NOT NULL) STRICT;
CREATE TABLE mark(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  range BLOB NOT NULL,
  settled_below INTEGER NOT NULL,
  closed INTEGER NOT NULL
) STRICT;
`
