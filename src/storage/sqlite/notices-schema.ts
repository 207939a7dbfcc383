/** The tables of `notices.db` and of `keys/notices.db`. */

/** `SLnt` */
export const NOTICES_APPLICATION_ID = 0x534c6e74
/** `SLnk` */
export const NOTICE_KEYS_APPLICATION_ID = 0x534c6e6b

/**
 * `asked`: choices that wait until it is looked up which partners to notify, with their identities. `had_before`: per identity,
 * what partners had received before their addresses were kept, with a row without partner once it was looked up.
 *
 * `notices` has no row numbers: it is ordered by random ids, which reveal nothing. `turn` orders the notices of one mark;
 * both are cleared with the subject.
 */
export const NOTICES_SCHEMA = `
  CREATE TABLE IF NOT EXISTS addresses (id INTEGER PRIMARY KEY, subject INTEGER NOT NULL, owner TEXT NOT NULL,
    mark BLOB NOT NULL UNIQUE, partner TEXT NOT NULL, finder BLOB, sealed BLOB NOT NULL, day INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS addresses_by_subject ON addresses (subject);
  CREATE INDEX IF NOT EXISTS addresses_by_finder ON addresses (finder) WHERE finder IS NOT NULL;
  CREATE TABLE IF NOT EXISTS notices (id TEXT PRIMARY KEY, ref TEXT, partner TEXT NOT NULL, verb TEXT NOT NULL,
    class TEXT NOT NULL, day INTEGER NOT NULL, queued INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL,
    phase TEXT NOT NULL, repeatable INTEGER NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL, ended INTEGER,
    recorded INTEGER NOT NULL, task INTEGER NOT NULL, subject INTEGER, mark BLOB, turn INTEGER NOT NULL, sealed BLOB)
    STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS notices_by_due ON notices (due) WHERE phase IN ('waiting', 'polling');
  CREATE INDEX IF NOT EXISTS notices_by_mark ON notices (mark, turn) WHERE mark IS NOT NULL;
  CREATE INDEX IF NOT EXISTS notices_by_subject ON notices (subject) WHERE subject IS NOT NULL;
  CREATE INDEX IF NOT EXISTS notices_unrecorded ON notices (recorded) WHERE phase = 'ended' AND recorded = 0;
  CREATE INDEX IF NOT EXISTS notices_by_kind ON notices (partner, verb, phase, state);
  CREATE TABLE IF NOT EXISTS kept_for (partner TEXT PRIMARY KEY, told TEXT NOT NULL, above INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS had_before (finder BLOB NOT NULL, partner TEXT NOT NULL, app TEXT NOT NULL,
    class TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (finder, partner, app, class, kind)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS asked_keys (identity TEXT NOT NULL, asked INTEGER NOT NULL,
    PRIMARY KEY (identity, asked)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS asked_keys_by_asked ON asked_keys (asked);
  CREATE TABLE IF NOT EXISTS origins (origin TEXT PRIMARY KEY, day INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

export const NOTICE_KEYS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS notice_keys (id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;`
