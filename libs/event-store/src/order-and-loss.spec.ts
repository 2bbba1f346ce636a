import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { Client } from 'pg';
import { type EventStore, openEventStore, type Transaction } from './index';
import { createEffects, faultsOf, recordEffects } from './testing/effects';

jest.setTimeout(60_000);

const WRITERS = 20;
const APPENDS_EACH = 60;
/** Every so many appends of a writer are rolled back after they were numbered, or stay open for a while. */
const ROLLED_BACK_EVERY = 7;
const SLOW_EVERY = 5;

let postgres: RunningPostgres;
let store: EventStore;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(async () => {
  await postgres.stop({ wait: false });
});

describe('with many writers, some of which roll back and some of which are slow', () => {
  it('two subscribers, one killed and restarted, miss nothing, double nothing and keep the order', async () => {
    const schema = 'ordered';
    store = await openEventStore({ url: postgres.url, schema, poolSize: WRITERS + 4 });
    await createEffects(store);
    const here = store.subscribe({ name: 'here', handle: (events, tx) => recordEffects('here', events, tx) });
    let there = await subscriberProcess(schema);

    let written = 0;
    const kills = [200, 500, 900];
    const killing = (async () => {
      for (const at of kills) {
        await until(() => written >= at);
        there.kill('SIGKILL');
        await once(there, 'exit');
        there = await subscriberProcess(schema);
      }
    })();
    const outcomes = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeMany(writer, () => written++)));
    await killing;

    const expected = outcomes.reduce((sum, events) => sum + events, 0);
    const { rows } = await store.query<{ count: number }>('SELECT count(*) AS count FROM events');
    expect(rows[0]?.count).toBe(expected);
    await here.caughtUp();
    const head = await store.head();
    await until(async () => (await checkpoint('there')) >= head);
    there.kill('SIGKILL');
    await once(there, 'exit');

    const clean = { lost: 0, doubled: 0, outOfOrder: 0 };
    expect(await faultsOf(store, 'here')).toEqual(clean);
    expect(await faultsOf(store, 'there')).toEqual(clean);
    await expectGaplessVersions();
    await store.close();
  });

  it('would fail without the lock: a bare poller over a table with the same writers loses events', async () => {
    // The least that makes the difference: A numbers its event and stays open, B numbers and commits, the poller reads and moves on, A commits.
    store = await openEventStore({ url: postgres.url, schema: 'bare' });
    await store.query('CREATE TABLE bare (position bigint GENERATED ALWAYS AS IDENTITY, text text)');
    const [a, b] = [new Client(postgres.url), new Client(postgres.url)];
    await Promise.all([a.connect(), b.connect()]);
    const seen: number[] = [];
    const poll = async (): Promise<void> => {
      const { rows } = await store.query<{ position: number }>('SELECT position FROM bare WHERE position > $1 ORDER BY position', [
        seen.at(-1) ?? 0,
      ]);
      seen.push(...rows.map(({ position }) => position));
    };
    await a.query('BEGIN');
    await a.query(`INSERT INTO bare.bare (text) VALUES ('slow')`);
    await b.query(`INSERT INTO bare.bare (text) VALUES ('quick')`);
    await poll();
    await a.query('COMMIT');
    await poll();
    expect(seen).toEqual([2]);

    // The same with the store: B cannot become visible before A, which was numbered first.
    await a.query('SET search_path = bare');
    await a.query('BEGIN');
    await a.query('SELECT append_events($1)', [JSON.stringify([{ a: 0, s: 'slow', x: 0, i: 'slow', t: 't', p: false, d: 1, m: {} }])]);
    const quick = store.append('quick', 0, [{ type: 't', data: 1, published: false }]);
    await until(async () => (await a.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount === 1);
    expect(await store.readAll({ after: 0, limit: 9 })).toEqual([]);
    await a.query('COMMIT');
    await quick;
    expect((await store.readAll({ after: 0, limit: 9 })).map(({ stream }) => stream)).toEqual(['slow', 'quick']);
    await Promise.all([a.end(), b.end()]);
    await store.close();
  });
});

/** Returns how many events it wrote that stay. */
async function writeMany(writer: number, wrote: () => void): Promise<number> {
  let kept = 0;
  for (let n = 1; n <= APPENDS_EACH; n++) {
    const events = Array.from({ length: 1 + (n % 3) }, () => ({ type: 'written', data: { writer, n }, published: n % 2 === 0 }));
    const slow = async (tx: Transaction): Promise<void> => {
      if (n % SLOW_EVERY === 0) await tx.query('SELECT pg_sleep(0.003)');
    };
    if (n % ROLLED_BACK_EVERY === 0) {
      await store
        .transaction(async (tx) => {
          // Numbered and then undone, so that positions have gaps and locks end without a commit.
          await tx.query('SELECT append_events($1)', [
            JSON.stringify([{ a: 0, s: 'never', x: null, i: `never ${writer} ${n}`, t: 't', p: true, d: 1, m: {} }]),
          ]);
          await slow(tx);
          throw new Error('rolled back on purpose');
        })
        .catch(() => undefined);
    } else if (n % 2 === 0) {
      await store.transaction(async (tx) => {
        await slow(tx);
        tx.append(`writer ${writer}`, 'any', events);
      });
      kept += events.length;
    } else {
      await store.append(`shared ${writer % 4}`, 'any', events);
      kept += events.length;
    }
    wrote();
  }
  return kept;
}

async function expectGaplessVersions(): Promise<void> {
  const { rows } = await store.query(`
    SELECT stream FROM events GROUP BY stream
    HAVING max(version) <> count(*) OR max(sequence) IS DISTINCT FROM nullif(count(sequence), 0)::integer OR max(published_count) <> count(sequence)`);
  expect(rows).toEqual([]);
}

async function checkpoint(name: string): Promise<number> {
  const { rows } = await store.query<{ position: number }>('SELECT position FROM checkpoints WHERE subscription = $1', [name]);
  return rows[0]?.position ?? 0;
}

async function subscriberProcess(schema: string): Promise<ChildProcess> {
  const child = fork(resolve(__dirname, 'testing/subscriber-process.ts'), [postgres.url, schema, 'there'], {
    execArgv: ['-C', '@testimony/source', '--import', resolve(__dirname, '../../../tools/load-typescript.mjs')],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('The subscriber ended by itself.'))),
  ]);
  return child;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
