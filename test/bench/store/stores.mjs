// The two stores behind one small face: append, consume a backlog, follow live. Both on the same Postgres, each with what it recommends:
// ours with its default pool, emmett with a connection for each client (its default of 10 is less).
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { openEventStore } from '@testimony/event-store';
import pg from 'pg';

/** About what an attempt of a test leaves: 230 bytes of JSON. */
export const payload = (n) => ({
  executionId: 'exe_01jd9x2m4k7q8w3e5r6t',
  testId: `shop/services/orders/modules/${n}_creates_an_order`,
  attempt: 1,
  outcome: 'passed',
  startedAt: '2026-11-24T10:00:00.000Z',
  durationMs: 12.25,
  workerId: 'wrk_01jd9x2m4k7q8w3e5r6t',
});

const EFFECTS = 'CREATE TABLE IF NOT EXISTS effects (stream text, position bigint PRIMARY KEY, duration double precision)';
const RECORD = 'INSERT INTO effects SELECT * FROM unnest($1::text[], $2::bigint[], $3::float8[])';

export async function ours(url, schema) {
  const store = await openEventStore({ url, schema });
  await store.query(EFFECTS);
  const event = (n) => ({ type: 'io.testimony.test.attempted', data: payload(n), published: true });
  const record = (events, tx) =>
    tx.query(RECORD, [events.map((e) => e.stream), events.map((e) => e.position), events.map((e) => e.data.durationMs)]);
  return {
    name: 'testimony',
    append: (stream, version, count) =>
      store.append(
        stream,
        version,
        Array.from({ length: count }, (_, n) => event(n)),
      ),
    /** Gives each event of the store its row in `effects`; returns how many have got one. */
    async consumeAll(name, batchSize) {
      const subscription = store.subscribe({ name, batchSize, handle: record });
      await subscription.caughtUp();
      await subscription.stop();
      return (await store.query('SELECT count(*) AS n FROM effects')).rows[0].n;
    },
    async follow(seen) {
      const subscription = store.subscribe({ name: 'live', batchSize: 100, handle: async (events) => seen(events.map((e) => e.position)) });
      return async () => {
        await subscription.caughtUp();
        await subscription.stop();
      };
    },
    stored: async () => (await store.query('SELECT count(*) AS n FROM events')).rows[0].n,
    close: () => store.close(),
  };
}

export async function emmett(url, database, clients) {
  const at = url.replace(/\/postgres$/, `/${database}`);
  const admin = new pg.Client(url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const pool = new pg.Pool({ connectionString: at, max: clients + 2 });
  pool.on('error', () => undefined);
  const store = getPostgreSQLEventStore(at, { connectionOptions: { pool } });
  await store.schema.migrate();
  await pool.query(EFFECTS);
  const event = (n) => ({ type: 'io.testimony.test.attempted', data: payload(n) });
  return {
    name: 'emmett 0.42',
    async append(stream, version, count) {
      await store.appendToStream(
        stream,
        Array.from({ length: count }, (_, n) => event(n)),
        { expectedStreamVersion: BigInt(version) },
      );
      return version + count;
    },
    // 0.42 takes an `eachBatch` and never calls it; one message at a time is what there is, in one transaction a batch.
    async consumeAll(name, batchSize) {
      const consumer = store.consumer({ stopWhen: { noMessagesLeft: true }, pulling: { batchSize, pullingFrequencyInMs: 1 } });
      consumer.reactor({
        processorId: name,
        eachMessage: async ({ data, metadata }, { connection }) => {
          await connection.client.query('INSERT INTO effects VALUES ($1, $2, $3)', [
            metadata.streamName,
            String(metadata.globalPosition),
            data.durationMs,
          ]);
        },
      });
      await consumer.start();
      await consumer.close();
      return Number((await pool.query('SELECT count(*) AS n FROM effects')).rows[0].n);
    },
    async follow(seen) {
      const consumer = store.consumer({ pulling: { batchSize: 100, pullingFrequencyInMs: 1 } });
      let last = performance.now();
      consumer.reactor({
        processorId: 'live',
        eachMessage: async ({ metadata }) => {
          last = performance.now();
          seen([Number(metadata.globalPosition)]);
        },
      });
      const running = consumer.start();
      return async () => {
        last = performance.now();
        while (performance.now() - last < 3_000) await new Promise((done) => setTimeout(done, 50));
        await consumer.close();
        await running;
      };
    },
    stored: async () => Number((await pool.query('SELECT count(*) AS n FROM emt_messages')).rows[0].n),
    async close() {
      await store.close();
      await pool.end();
    },
  };
}
