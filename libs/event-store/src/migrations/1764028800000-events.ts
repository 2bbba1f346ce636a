import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Everything a store has. In the schema that is first on the search_path. */
export class Events1764028800000 implements MigrationInterface {
  readonly name = 'Events1764028800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE events (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        version integer NOT NULL,
        -- Which of the stream's published events this is; null for one that is not published.
        sequence integer,
        -- How many published events the stream has up to here: the last row of a stream knows the next sequence.
        published_count integer NOT NULL,
        occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- Unique, so that an append whose outcome was lost with the connection can be repeated without being doubled.
        id text COLLATE "C" NOT NULL UNIQUE,
        stream text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        data jsonb NOT NULL,
        metadata jsonb NOT NULL,
        UNIQUE (stream, version)
      )`);
    await runner.query(`CREATE INDEX events_published ON events (position) WHERE sequence IS NOT NULL`);
    await runner.query(`
      CREATE TABLE checkpoints (
        subscription text COLLATE "C" PRIMARY KEY,
        position bigint NOT NULL DEFAULT 0,
        -- Who is rebuilding the view that this checkpoint belongs to; null for a live subscription.
        owner text
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE TABLE inbox (
        subscription text COLLATE "C",
        event_id text COLLATE "C",
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subscription, event_id)
      )`);
    await runner.query(`CREATE INDEX inbox_age ON inbox (received_at)`);
    await runner.query(`
      CREATE TABLE parked (
        subscription text COLLATE "C",
        stream text COLLATE "C",
        position bigint,
        -- Why the first event of the stream could not be handled; null for those that wait behind it.
        error text,
        parked_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subscription, stream, position)
      )`);
    await runner.query(APPEND_EVENTS);
    await runner.query(APPEND_EVENTS_OR_FAIL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION append_events(jsonb), append_events_or_fail(jsonb)`);
    await runner.query(`DROP TABLE parked, inbox, checkpoints, events`);
  }
}

/**
 * Appends a batch. `batch` is an array with one element an event: append `a` (events of one append have the same number), stream `s`, expected
 * version `x` (null: any), id `i`, type `t`, published `p`, data `d`, metadata `m`. An append that expects a version must be the
 * first of its stream in the batch. Returns each append's outcome; a conflict of one leaves the others alone.
 *
 * Why a function, and VOLATILE: positions must become visible in order, so whoever numbers events holds the lock until its commit is
 * visible. Each statement of a VOLATILE function takes a new snapshot, so the statement after the lock sees all that was committed while
 * waiting for it. One statement that takes the lock in a CTE would go on with the snapshot from before the wait, find the old last
 * version of the stream, and fail on the unique key or - for an expected version that is no longer true - say yes to a stale view.
 *
 * Why enable_seqscan is off: plpgsql keeps its plans, and one made while the table was empty would scan the whole table later on.
 */
const APPEND_EVENTS = `
CREATE FUNCTION append_events(batch jsonb)
RETURNS TABLE (append integer, accepted boolean, last_version integer)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('testimony append'), hashtext(current_schema()));
  RETURN QUERY
    WITH item AS MATERIALIZED (
      SELECT * FROM ROWS FROM (
        jsonb_to_recordset(batch) AS (a integer, s text, x integer, i text, t text, p boolean, d jsonb, m jsonb)
      ) WITH ORDINALITY AS item (a, s, x, i, t, p, d, m, ord)
    ), stream_now AS MATERIALIZED (
      SELECT wanted.s, coalesce(newest.version, 0) AS version, coalesce(newest.published_count, 0) AS published_count
      FROM (SELECT DISTINCT s FROM item) wanted
      LEFT JOIN LATERAL (
        SELECT version, published_count FROM events WHERE stream = wanted.s ORDER BY version DESC LIMIT 1
      ) newest ON true
    ), numbered AS MATERIALIZED (
      SELECT item.*,
        now.version + (row_number() OVER within)::integer AS version,
        now.published_count + (count(*) FILTER (WHERE p) OVER within)::integer AS published_count
      FROM item JOIN stream_now now USING (s)
      WHERE x IS NULL OR x = now.version
      WINDOW within AS (PARTITION BY s ORDER BY ord)
    ), inserted AS (
      INSERT INTO events (stream, version, sequence, published_count, id, type, data, metadata)
      SELECT s, version, CASE WHEN p THEN published_count END, published_count, i, t, d, m FROM numbered ORDER BY ord
    )
    SELECT item.a, bool_and(numbered.ord IS NOT NULL), coalesce(max(numbered.version), max(now.version))
    FROM item JOIN stream_now now USING (s) LEFT JOIN numbered USING (ord)
    GROUP BY item.a;
END $$`;

/** The same for a transaction, which a conflict must not let commit. Raised rather than returned, so that COMMIT can be sent along and the lock is not held for another round trip. */
const APPEND_EVENTS_OR_FAIL = `
CREATE FUNCTION append_events_or_fail(batch jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  outcome record;
BEGIN
  FOR outcome IN SELECT * FROM append_events(batch) LOOP
    IF NOT outcome.accepted THEN
      RAISE EXCEPTION 'version conflict' USING
        ERRCODE = 'TV409', DETAIL = json_build_object('append', outcome.append, 'version', outcome.last_version);
    END IF;
  END LOOP;
END $$`;
