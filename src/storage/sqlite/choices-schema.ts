/** The tables of choices.db. Identities are in it only as keyed pseudonyms, 16 bytes each. */
import type { DatabaseSync } from 'node:sqlite'

/** `PRAGMA application_id`: "SlCh". */
export const CHOICES_APPLICATION_ID = 0x536c4368
const SCHEMA_VERSION = 5

/**
 * `findings`: each thing a statement can mean, once, as JSON; a few hundred. `said`: each choice and sticky signal once.
 * `stands`: on which identities it stands, on `direct` ones because it was said of them, on others because they are
 * linked; with its finding, so that a look-up is one probe. `stood`: the same of choices that were superseded, for those
 * who must show who said what, when and through what. `links`: each pair in both directions.
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
 * `erasures`: those under way, with the pseudonyms they are about, so that a crash does not leave one half done; empty
 * otherwise. `kept_for_fraud`: devices whose erasure left what the policy keeps, until when. `deletion_requests`: those
 * that came from other companies, so that none counts twice, and whom they are about until staff has dealt with them.
 */
const ADDED_IN_2 = `
  CREATE TABLE erasures (id TEXT PRIMARY KEY, at INTEGER NOT NULL, channel TEXT NOT NULL, keys TEXT NOT NULL,
    subjects TEXT NOT NULL, recorded INTEGER NOT NULL) STRICT;
  CREATE TABLE kept_for_fraud (key BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE deletion_requests (ref TEXT PRIMARY KEY, issuer TEXT NOT NULL, at INTEGER NOT NULL, key BLOB) STRICT;
  INSERT INTO totals VALUES ('reflected', 0);
`

/** `learnt`: how many restricting signals were ever kept; what stands of them where nobody counted. */
const ADDED_IN_3 = `
  INSERT INTO totals SELECT 'learnt', count(*) FROM said WHERE channel = 'signal' AND cover = 0;
`

/**
 * `namespaces`: those of users beside the default one that were made ready, so that none is copied twice. `unlinked`: of how
 * many keys of placeholders the links were taken away.
 */
const ADDED_IN_4 = `
  INSERT INTO totals VALUES ('unlinked', 0);
  CREATE TABLE namespaces (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`

/** `seen`: months since 1970 in which something last confirmed a link; 0 of those from before, which count from `links_from` on. */
const ADDED_IN_5 = `
  ALTER TABLE links ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
  INSERT INTO totals VALUES ('links_from',
    (CAST(strftime('%Y', 'now') AS INTEGER) - 1970) * 12 + CAST(strftime('%m', 'now') AS INTEGER) - 1);
`
const STEPS = [SCHEMA, ADDED_IN_2, ADDED_IN_3, ADDED_IN_4, ADDED_IN_5]

/** Creates the tables in a new database, and those that an older one lacks. Throws where a later Sluice made them. */
export function prepareChoicesSchema(db: DatabaseSync): void {
  const version = db.prepare('PRAGMA user_version').get()?.user_version
  if (version === SCHEMA_VERSION) return
  if (typeof version !== 'number' || version >= STEPS.length)
    throw new Error(`choices.db has layout ${version}; this Sluice knows ${SCHEMA_VERSION}`)
  const missing = STEPS.slice(version).join(' ')
  db.exec(`BEGIN IMMEDIATE; ${missing} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
