/** The tables of choices.db. Identities are stored only as keyed pseudonyms of 16 bytes. */
import type { DatabaseSync } from 'node:sqlite'

/** `PRAGMA application_id`: "SlCh". */
export const CHOICES_APPLICATION_ID = 0x536c4368
const SCHEMA_VERSION = 5

/**
 * `findings`: each distinct finding as JSON; a few hundred. `said`: each choice and sticky signal. `stands`: the identities
 * on which a statement is active, `direct` or as a copy along a link, with its finding, so that a look-up is one probe.
 * `stood`: the same for superseded choices, as evidence. `links`: each pair in both directions.
 */
const SCHEMA = `
  CREATE TABLE findings (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE said (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    finding INTEGER NOT NULL REFERENCES findings,
    channel TEXT NOT NULL,
    said_by TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    device BLOB,
    cover INTEGER NOT NULL,
    superseded_at INTEGER
  ) STRICT;
  CREATE INDEX said_by_device ON said (device) WHERE device IS NOT NULL;
  CREATE TABLE stands (
    key BLOB NOT NULL,
    said INTEGER NOT NULL,
    direct INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    PRIMARY KEY (key, said)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX stands_by_said ON stands (said, direct);
  CREATE TABLE stood (
    key BLOB NOT NULL,
    said INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (key, said)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE links (a BLOB NOT NULL, b BLOB NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
  CREATE TABLE totals (what TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO totals VALUES ('choices', 0), ('links', 0), ('covers', 0), ('walks_cut_short', 0);
`

/**
 * `erasures`: those in progress, with their pseudonyms, so that they resume after a crash. `kept_for_fraud`: devices that
 * the policy keeps after an erasure, and until when. `deletion_requests`: those of other companies, to detect replays, with
 * their subject until staff has handled them.
 */
const ADDED_IN_2 = `
  CREATE TABLE erasures (id TEXT PRIMARY KEY, at INTEGER NOT NULL, channel TEXT NOT NULL, keys TEXT NOT NULL,
    subjects TEXT NOT NULL, recorded INTEGER NOT NULL) STRICT;
  CREATE TABLE kept_for_fraud (key BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE deletion_requests (ref TEXT PRIMARY KEY, issuer TEXT NOT NULL, at INTEGER NOT NULL, key BLOB) STRICT;
  INSERT INTO totals VALUES ('reflected', 0);
`

/** `learnt`: restricting signals ever stored; initialised with the active ones. */
const ADDED_IN_3 = `
  INSERT INTO totals SELECT 'learnt', count(*) FROM said WHERE channel = 'signal' AND cover = 0;
`

/**
 * `namespaces`: prepared user namespaces besides the default one, so that none is copied twice. `unlinked`: number of
 * placeholder keys whose links were removed.
 */
const ADDED_IN_4 = `
  INSERT INTO totals VALUES ('unlinked', 0);
  CREATE TABLE namespaces (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`

/** `seen`: month (since 1970) of a link's last confirmation; 0 for older rows, which count from `links_from`. */
const ADDED_IN_5 = `
  ALTER TABLE links ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
  INSERT INTO totals VALUES ('links_from',
    (CAST(strftime('%Y', 'now') AS INTEGER) - 1970) * 12 + CAST(strftime('%m', 'now') AS INTEGER) - 1);
`
const STEPS = [SCHEMA, ADDED_IN_2, ADDED_IN_3, ADDED_IN_4, ADDED_IN_5]

/** Creates missing tables in a new or older database. Throws on a later layout. */
export function prepareChoicesSchema(db: DatabaseSync): void {
  const version = db.prepare('PRAGMA user_version').get()?.user_version
  if (version === SCHEMA_VERSION) return
  if (typeof version !== 'number' || version >= STEPS.length)
    throw new Error(`choices.db has layout ${version}; this Sluice knows ${SCHEMA_VERSION}`)
  const missing = STEPS.slice(version).join(' ')
  db.exec(`BEGIN IMMEDIATE; ${missing} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
