// The event store beside emmett-postgresql on the same Postgres (the embedded one, fsync on), in the same run.
// `node test/bench/store/bench.mjs [rounds]` after `npm ci --prefix test/bench` and `npm run build`. Prints the machine, medians and spread.
import { startPostgres } from '@testimony/local-postgres';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { machine, median } from '../runner/measure.mjs';
import { emmett, ours } from './stores.mjs';

const rounds = Number(process.argv[2] ?? 5);
const CELL_MS = 1_500;
const WARM_UP_MS = 300;
const BACKLOG = 20_000;
const CONSUME_BATCH = 500;
const FLUSH_US = 2_000;
/** A stream is written to this often before a client begins another. */
const APPENDS_A_STREAM = 50;

const work = join(resolve(import.meta.dirname, '..'), '.work/store');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const postgres = await startPostgres({ dir: work });
const admin = new pg.Client(postgres.url);
await admin.connect();
let serial = 0;

console.log(machine());
console.log(
  `Postgres ${(await admin.query('SHOW server_version')).rows[0].server_version}, fsync on; ${rounds} rounds, median (least - most)\n`,
);

const makers = [() => ours(postgres.url, `ours_${++serial}`), (clients) => emmett(postgres.url, `emmett_${++serial}`, clients)];

/** Each round gives every store a fresh table; the order of the two changes from round to round. */
async function rates(clients, measure) {
  const found = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const make of round % 2 ? makers.toReversed() : makers) {
      const store = await make(clients);
      const rate = await measure(store);
      found.set(store.name, [...(found.get(store.name) ?? []), rate]);
      await store.close();
    }
  }
  return found;
}

/** Events a second, with so many clients that each append, wait and append again. */
async function appendRate(store, clients, count) {
  let events = 0;
  let ending = false;
  const write = async () => {
    while (!ending) {
      const stream = `stream-${++serial}`;
      for (let n = 0, version = 0; n < APPENDS_A_STREAM && !ending; n++) {
        version = await store.append(stream, version, count);
        events += count;
      }
    }
  };
  const writers = Array.from({ length: clients }, write);
  await new Promise((done) => setTimeout(done, WARM_UP_MS));
  const [from, before] = [performance.now(), events];
  await new Promise((done) => setTimeout(done, CELL_MS));
  const rate = ((events - before) / (performance.now() - from)) * 1_000;
  ending = true;
  await Promise.all(writers);
  return rate;
}

async function fill(store, total) {
  const each = 100;
  const clients = 8;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = 0; n < total / each / clients; n++) await store.append(`fill-${client}-${n}`, 0, each);
    }),
  );
}

function row(label, found, unit = 'events/s') {
  const cells = [...found].map(([name, values]) => {
    const sorted = values.toSorted((a, b) => a - b);
    return `${name} ${format(median(values))} (${format(sorted[0])} - ${format(sorted.at(-1))})`;
  });
  const [own, peer] = [found.get('testimony'), found.get('emmett 0.42')].map(median);
  console.log(
    `${label.padEnd(46)} ${cells.toSorted().toReversed().join('   ')} ${unit}${unit === 'events/s' ? `   x${(own / peer).toFixed(2)}` : ''}`,
  );
}

const format = (n) => Math.round(n).toLocaleString('en');

for (const count of [1, 10]) {
  for (const clients of [1, 8, 32]) {
    row(`append of ${count}, ${clients} clients`, await rates(clients, (store) => appendRate(store, clients, count)));
  }
}

await admin.query(`ALTER SYSTEM SET commit_delay = ${FLUSH_US}`);
await admin.query('ALTER SYSTEM SET commit_siblings = 0');
await admin.query('SELECT pg_reload_conf()');
for (const clients of [1, 8, 32]) {
  row(`append of 1, ${clients} clients, each flush +2 ms`, await rates(clients, (store) => appendRate(store, clients, 1)));
}
await admin.query('ALTER SYSTEM RESET ALL');
await admin.query('SELECT pg_reload_conf()');

const handled = new Map();
row(
  `consume a backlog of ${format(BACKLOG)}, batches of ${CONSUME_BATCH}`,
  await rates(8, async (store) => {
    await fill(store, BACKLOG);
    const from = performance.now();
    const effects = await store.consumeAll('backlog', CONSUME_BATCH);
    handled.set(store.name, [...(handled.get(store.name) ?? []), effects]);
    return (effects / (performance.now() - from)) * 1_000;
  }),
);
console.log(
  [...handled]
    .map(([name, effects]) => `${name}: ${format(BACKLOG - Math.min(...effects))} of ${format(BACKLOG)} never handled, at worst`)
    .join(' · '),
);

const stored = new Map();
const lost = await rates(16, async (store) => {
  const seen = new Set();
  const caughtUp = await store.follow((positions) => positions.forEach((position) => seen.add(position)));
  await appendRate(store, 16, 3);
  await caughtUp();
  const total = await store.stored();
  stored.set(store.name, (stored.get(store.name) ?? 0) + total);
  return total - seen.size;
});
row('lost by a live subscriber, 16 clients, a round', lost, 'events');
console.log(
  [...stored]
    .map(([name, total]) => `${name}: ${format(lost.get(name).reduce((a, b) => a + b, 0))} of ${format(total)} lost in all`)
    .join(' · '),
);

await admin.end();
await postgres.stop();
rmSync(work, { recursive: true, force: true });
process.exit(0);
