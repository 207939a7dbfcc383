/** The tables that all cells share. Identities are in them only as keyed pseudonyms, 16 bytes each. */
import type { Connection } from './connection.ts'
import { VERSION, whyNotVersion } from './version.ts'

/**
 * `cluster`: one row, which every writer locks first: whoever holds it is the only writer. `head` is the last entry of the
 * feed. `feed`: what changed, in the order of the commits; an identity a row. `findings`, `statements`, `active`, `history`,
 * `links`, `totals`, `erasures`, `kept_for_fraud`, `deletion_requests`, `namespaces` hold what choices.db does, under these
 * names; `reflected` counts for each cell which of its ledger's choices are reflected here.
 */
const CHOICES = `
  CREATE TABLE cluster (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    head bigint NOT NULL DEFAULT 0,
    last_statement bigint NOT NULL DEFAULT 0
  );
  INSERT INTO cluster DEFAULT VALUES;
  CREATE TABLE feed (
    seq bigint PRIMARY KEY,
    kind smallint NOT NULL,
    key bytea,
    body text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE TABLE findings (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL UNIQUE);
  CREATE TABLE statements (
    id bigint PRIMARY KEY,
    finding int NOT NULL REFERENCES findings,
    channel text NOT NULL,
    said_by text NOT NULL,
    first_at bigint NOT NULL,
    at bigint NOT NULL,
    device bytea,
    cover boolean NOT NULL,
    superseded_at bigint
  );
  CREATE INDEX statements_by_device ON statements (device) WHERE device IS NOT NULL;
  CREATE TABLE active (
    key bytea NOT NULL,
    statement bigint NOT NULL,
    direct boolean NOT NULL,
    PRIMARY KEY (key, statement)
  );
  CREATE INDEX active_by_statement ON active (statement);
  CREATE TABLE history (
    key bytea NOT NULL,
    statement bigint NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (key, statement)
  );
  CREATE INDEX history_by_statement ON history (statement);
  CREATE TABLE links (a bytea NOT NULL, b bytea NOT NULL, PRIMARY KEY (a, b));
  CREATE TABLE totals (what text PRIMARY KEY, amount bigint NOT NULL);
  INSERT INTO totals VALUES ('choices', 0), ('links', 0), ('covers', 0), ('walks_cut_short', 0), ('learnt', 0), ('unlinked', 0);
  CREATE TABLE erasures (id text PRIMARY KEY, at bigint NOT NULL, channel text NOT NULL, keys text NOT NULL,
    subjects text NOT NULL, recorded boolean NOT NULL);
  CREATE TABLE kept_for_fraud (key bytea PRIMARY KEY, until bigint NOT NULL);
  CREATE TABLE deletion_requests (ref text PRIMARY KEY, issuer text NOT NULL, at bigint NOT NULL, key bytea);
  CREATE TABLE namespaces (name text PRIMARY KEY);
  CREATE TABLE reflected (cell text PRIMARY KEY, size bigint NOT NULL);
`

/**
 * `cells`: a row for each process that acts on a copy. `incarnation` is drawn at each start: whoever has another one acts no
 * more. `applied`: the last entry of the feed that is in force there. `renewed` moves with every renewal of its lease.
 */
const CELLS = `
  ALTER TABLE cluster ADD COLUMN lease_ms int NOT NULL DEFAULT 3000 CHECK (lease_ms BETWEEN 1000 AND 10000);
  CREATE TABLE cells (
    id text PRIMARY KEY CHECK (id ~ '^[0-9]{1,2}$'),
    incarnation uuid NOT NULL,
    epoch bigint NOT NULL,
    applied bigint NOT NULL,
    renewed timestamptz NOT NULL
  );
`

/** `seen`: months since 1970 in which something last confirmed a link; 0 of those from before, which count from `links_from` on. */
const LINKS_SEEN = `
  ALTER TABLE links ADD COLUMN seen int NOT NULL DEFAULT 0;
  INSERT INTO totals SELECT 'links_from', (extract(year FROM now()) - 1970) * 12 + extract(month FROM now()) - 1;
`

/**
 * `index_key`: a fingerprint of the key by which every cell finds choices, noted by the first that starts. `erasures`: a row
 * for each cell, which ends with that cell's own part. `namespaces`: ready in a cell once its own revision speaks of them and
 * nothing more comes in there under the names of before.
 */
const MEMBERS = `
  ALTER TABLE cluster ADD COLUMN index_key text;
  ALTER TABLE erasures ADD COLUMN cell text NOT NULL DEFAULT '0';
  ALTER TABLE erasures ALTER COLUMN cell DROP DEFAULT, DROP CONSTRAINT erasures_pkey, ADD PRIMARY KEY (id, cell);
  ALTER TABLE namespaces ADD COLUMN cell text NOT NULL DEFAULT '0';
  ALTER TABLE namespaces ALTER COLUMN cell DROP DEFAULT, DROP CONSTRAINT namespaces_pkey, ADD PRIMARY KEY (name, cell);
`

/**
 * `cells.internal`: where the other cells reach it, `host:port`. `cells.owns`: new users' events may be its own; null of one
 * that nobody has asked yet. `cluster.map`: how often the cells that own users changed.
 */
const MAP = `
  ALTER TABLE cluster ADD COLUMN map int NOT NULL DEFAULT 0;
  ALTER TABLE cells ADD COLUMN internal text, ADD COLUMN owns boolean;
`

/**
 * What operators decide, once for all cells. `revisions`: a plan and its files, as JSON. `stops`: a partner, or `all`.
 * `proposals`: as JSON. `actors`: names of the audit trail, as JSON; `place` is their order. `secrets`: hashes of the staff's
 * tokens. `calls`: sealed answers under the hash of their `Idempotency-Key`.
 */
const SETTINGS = `
  CREATE TABLE revisions (number int PRIMARY KEY, plan text NOT NULL, texts text);
  CREATE TABLE stops (partner text PRIMARY KEY);
  CREATE TABLE proposals (number int PRIMARY KEY, body text NOT NULL);
  CREATE TABLE actors (id text PRIMARY KEY, place int GENERATED ALWAYS AS IDENTITY, body text NOT NULL);
  CREATE TABLE secrets (what text PRIMARY KEY, body text NOT NULL);
  CREATE TABLE calls (name text PRIMARY KEY, sealed text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
`

/** `left_as`: of the copy that went back to a folder; from then on the database is empty. */
const LEFT = `
  ALTER TABLE cluster ADD COLUMN left_as uuid;
`

/**
 * `erasures.elsewhere`: another cell began it. Whichever did keeps its row, `done`, until every other cell has done its part.
 * `since`: answers of earlier erasures belong to someone else. `erasure_notices`: which cell sends a notice that follows from
 * an erasure, under a keyed hash.
 */
const ERASURES = `
  ALTER TABLE erasures ADD COLUMN elsewhere boolean NOT NULL DEFAULT false, ADD COLUMN done boolean NOT NULL DEFAULT false,
    ADD COLUMN since bigint NOT NULL DEFAULT 0;
  CREATE TABLE erasure_notices (erasure text, about text, cell text NOT NULL, PRIMARY KEY (erasure, about));
`

/** `cluster.version`: the one agreed on; `cells.version`: the cell's own; `feed.version`: in which an entry is written. */
const VERSIONS = `
  ALTER TABLE cluster ADD COLUMN version int NOT NULL DEFAULT 1;
  ALTER TABLE cells ADD COLUMN version int NOT NULL DEFAULT 1;
  ALTER TABLE feed ADD COLUMN version smallint NOT NULL DEFAULT 1;
`

/** Legal holds, as JSON, and which were released: each cell keeps them in its own ledger's folder, where pruning looks. */
const HOLDS = 'CREATE TABLE holds (id text PRIMARY KEY, body text NOT NULL, released boolean NOT NULL)'

/** `cells.waiting`: pairs of an event and a partner that the cell had still to send when it last said so. */
const WAITING = `
  ALTER TABLE cells ADD COLUMN waiting bigint NOT NULL DEFAULT 0;
`

/**
 * `choices_to_tell`: a choice of whose partners a cell has still to think, as JSON, without the identities that were named;
 * a row for each cell but the one where it was made. `notice_cells`: under a keyed hash of a partner and an identifier, which
 * cell tells it, what it told last, and by the choice of which number.
 */
const TELLING = `
  CREATE SEQUENCE choice_numbers;
  CREATE TABLE choices_to_tell (cell text, number bigint, body text NOT NULL, PRIMARY KEY (cell, number));
  CREATE TABLE notice_cells (about text PRIMARY KEY, key bytea NOT NULL, cell text NOT NULL, verb text NOT NULL,
    number bigint NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE INDEX notice_cells_by_key ON notice_cells (key);
`

/**
 * In order; what was once released is never edited. Each MUST leave a schema that cells of the version before go on with: it
 * adds, and takes nothing away.
 */
const MIGRATIONS: readonly string[] = [
  CHOICES,
  CELLS,
  LINKS_SEEN,
  MEMBERS,
  MAP,
  SETTINGS,
  LEFT,
  ERASURES,
  VERSIONS,
  HOLDS,
  WAITING,
  TELLING,
]

/** Any number: held while one process migrates, so that another waits. */
const MIGRATION_LOCK = 0x536c7563

/**
 * Brings the schema `sluice` up to this version; one transaction a migration. A later one stays as it is.
 * @param upTo for tests
 * @returns the number it has now
 */
export async function migrate(connection: Connection, upTo = MIGRATIONS.length): Promise<number> {
  await connection.query('CREATE SCHEMA IF NOT EXISTS sluice')
  await connection.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
  try {
    await connection.query('CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY, at timestamptz NOT NULL)')
    const present = await schemaNumber(connection)
    for (const [index, sql] of MIGRATIONS.slice(present, upTo).entries())
      await connection.transaction(async () => {
        await connection.query(sql)
        await connection.query('INSERT INTO migrations VALUES ($1, clock_timestamp())', [present + index + 1])
      })
    return Math.max(present, upTo)
  } finally {
    if (!connection.isEnded()) await connection.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
  }
}

/** The number that the schema has. Rejects where there is none. */
export async function schemaNumber(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM migrations')
  return row?.number ?? 0
}

/**
 * @param own version of what cells write
 * @throws Error where there is no schema, or none that this version works with
 */
export async function requireSchema(connection: Connection, own = VERSION): Promise<void> {
  const [row] = await connection.query<{ is_there: boolean }>(
    `SELECT to_regclass('sluice.migrations') IS NOT NULL AS is_there`,
  )
  const present = row?.is_there === true ? await schemaNumber(connection) : 0
  if (present < MIGRATIONS.length)
    throw new Error(
      `the database has ${present === 0 ? 'no schema' : `schema ${present}`}, and this version works with ${MIGRATIONS.length}: run \`sluice cluster init\`.`,
    )
  const [cluster] = await connection.query<{ version: number }>('SELECT version FROM cluster')
  const why = whyNotVersion(cluster!.version, own)
  if (why !== undefined) throw new Error(why)
}
