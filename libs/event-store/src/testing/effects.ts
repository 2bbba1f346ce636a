import type { EventStore, StoredEvent, Transaction } from '../index';

/** Makes the table in which a test's subscribers leave what they did, in the order they did it, with nothing to refuse a double. */
export async function createEffects(store: EventStore): Promise<void> {
  await store.query(
    'CREATE TABLE effects (n bigint GENERATED ALWAYS AS IDENTITY, subscriber text, position bigint, stream text, version integer)',
  );
}

export async function recordEffects(subscriber: string, events: readonly StoredEvent[], tx: Transaction): Promise<void> {
  await tx.query(
    'INSERT INTO effects (subscriber, position, stream, version) SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::integer[])',
    [subscriber, events.map(({ position }) => position), events.map(({ stream }) => stream), events.map(({ version }) => version)],
  );
}

export interface Faults {
  readonly lost: number;
  readonly doubled: number;
  readonly outOfOrder: number;
}

/** What is wrong with a subscriber's effects, compared with the events that there are. */
export async function faultsOf(store: EventStore, subscriber: string): Promise<Faults> {
  const { rows } = await store.query<{ position: number }>('SELECT position FROM effects WHERE subscriber = $1 ORDER BY n', [subscriber]);
  const events = await store.query<{ count: number }>('SELECT count(*) AS count FROM events');
  const seen = new Set<number>();
  let highest = 0;
  let outOfOrder = 0;
  for (const { position } of rows) {
    seen.add(position);
    if (position < highest) outOfOrder++;
    highest = Math.max(highest, position);
  }
  return { lost: (events.rows[0]?.count ?? 0) - seen.size, doubled: rows.length - seen.size, outOfOrder };
}
