import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { type EventStore, type NewEvent, openEventStore, openEventStoreReader, type StoredEvent } from './index';
import { createEffects, faultsOf, recordEffects } from './testing/effects';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;
let schemas = 0;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(async () => {
  await postgres.stop({ wait: false });
});
beforeEach(async () => {
  store = await openEventStore({ url: postgres.url, schema: `subscription_${++schemas}` });
  await createEffects(store);
});
afterEach(async () => {
  await store.close();
});

describe('subscribe', () => {
  it('hands on what is there and what comes, in batches, and goes on from its checkpoint', async () => {
    await appendMany('a', 12);
    const batches: number[] = [];
    const handle = async (events: readonly StoredEvent[]): Promise<void> => void batches.push(events.length);
    const first = store.subscribe({ name: 'counter', batchSize: 5, handle });
    await first.caughtUp();
    expect(batches).toEqual([5, 5, 2]);
    await store.append('a', 'any', [event()]);
    await first.caughtUp();
    await first.stop();
    await appendMany('b', 3);
    const second = store.subscribe({ name: 'counter', handle });
    await second.caughtUp();
    expect(batches).toEqual([5, 5, 2, 1, 3]);
    expect(store.metrics().subscriptions).toEqual([{ name: 'counter', handled: 3, parked: 0, position: await store.head(), lag: 0 }]);
  });

  it('passes over other types and what is not published', async () => {
    await store.append('a', 0, [event('x'), event('y', true), event('x', true), event('z', true)]);
    const seen: StoredEvent[] = [];
    const subscription = store.subscribe({
      name: 'some',
      publishedOnly: true,
      types: ['x', 'y'],
      handle: async (events) => void seen.push(...events),
    });
    await subscription.caughtUp();
    expect(seen.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['y', 1],
      ['x', 2],
    ]);
    await store.append('a', 4, [event('z')]);
    await subscription.caughtUp();
    expect(store.metrics().subscriptions[0]).toMatchObject({ handled: 2, position: await store.head() });
  });

  it('follows another store', async () => {
    const { url } = postgres;
    const other = await openEventStore({ url, schema: `subscription_${schemas}_other` });
    const source = openEventStoreReader({ url, schema: `subscription_${schemas}_other` });
    const subscription = store.subscribe({ name: 'from other', source, handle: (events, tx) => recordEffects('it', events, tx) });
    await other.append('there', 0, [event(), event()]);
    await subscription.caughtUp();
    expect((await store.query('SELECT stream, version FROM effects ORDER BY n')).rows).toEqual([
      { stream: 'there', version: 1 },
      { stream: 'there', version: 2 },
    ]);
    await subscription.stop();
    await source.close();
    await other.close();
  });

  it('appends what a reaction decides, with the effect', async () => {
    const subscription = store.subscribe({
      name: 'reactor',
      types: ['asked'],
      handle: async (events, tx) => {
        for (const { data } of events) tx.append('answers', 'any', [{ type: 'answered', data, published: true }]);
      },
    });
    await store.append('questions', 0, [event('asked'), event('asked')]);
    await subscription.caughtUp();
    expect(await store.readStream('answers')).toHaveLength(2);
  });

  it('gives one event one effect when two processes run the same subscription', async () => {
    const twin = await openEventStore({ url: postgres.url, schema: `subscription_${schemas}` });
    const options = {
      name: 'both',
      batchSize: 3,
      handle: (events: readonly StoredEvent[], tx: Parameters<typeof recordEffects>[2]) => recordEffects('both', events, tx),
    };
    const [one, two] = [store.subscribe(options), twin.subscribe(options)];
    await Promise.all(Array.from({ length: 40 }, (_, n) => store.append(`s${n % 5}`, 'any', [event()])));
    await Promise.all([one.caughtUp(), two.caughtUp()]);
    expect(await faultsOf(store, 'both')).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 });
    await twin.close();
  });

  it('handles an event once that comes twice, where there is an inbox', async () => {
    await appendMany('a', 3);
    let handled = 0;
    const options = { name: 'once', inbox: true, handle: async (events: readonly StoredEvent[]) => void (handled += events.length) };
    const first = store.subscribe(options);
    await first.caughtUp();
    await first.stop();
    await store.query('UPDATE checkpoints SET position = 0');
    await appendMany('b', 1);
    await store.subscribe(options).caughtUp();
    expect(handled).toBe(4);
  });
});

describe('a poison event', () => {
  it('parks its stream after some attempts, lets the others go on, and is replayed by command', async () => {
    let broken = true;
    let attempts = 0;
    const subscription = store.subscribe({
      name: 'careful',
      attempts: 2,
      handle: async (events, tx) => {
        if (broken && events.some(({ type }) => type === 'poison')) {
          if (events.length === 1) attempts++;
          throw new Error('cannot read this\nand more');
        }
        await recordEffects('careful', events, tx);
      },
    });
    await store.append('bad', 0, [event(), event('poison'), event('later')]);
    await store.append('good', 0, [event(), event()]);
    await subscription.caughtUp();
    await store.append('bad', 3, [event('much later')]);
    await subscription.caughtUp();

    expect(attempts).toBe(2);
    expect(await handledStreams()).toEqual(['bad 1', 'good 1', 'good 2']);
    const [poison] = await store.readStream('bad', { afterVersion: 1, limit: 1 });
    expect(await store.parked()).toEqual([
      {
        subscription: 'careful',
        stream: 'bad',
        events: 3,
        firstPosition: poison?.position,
        error: 'cannot read this',
        parkedAt: expect.any(Date),
      },
    ]);
    expect(store.metrics().subscriptions[0]).toMatchObject({ handled: 3, parked: 3 });

    await expect(store.replay('careful', 'bad')).rejects.toMatchObject({
      kind: 'still-failing',
      message: expect.stringContaining('cannot read this'),
    });
    broken = false;
    expect(await store.replay('careful', 'bad')).toBe(3);
    expect(await store.parked()).toEqual([]);
    await store.append('bad', 4, [event('after')]);
    await subscription.caughtUp();
    expect(await handledStreams()).toEqual(['bad 1', 'good 1', 'good 2', 'bad 2', 'bad 3', 'bad 4', 'bad 5']);
  });

  it('leaves nothing of a failed attempt', async () => {
    let failures = 0;
    const subscription = store.subscribe({
      name: 'unlucky',
      handle: async (events, tx) => {
        await recordEffects('unlucky', events, tx);
        if (failures++ < 2) throw new Error('after the effect');
      },
    });
    await appendMany('a', 2);
    await subscription.caughtUp();
    expect(await faultsOf(store, 'unlucky')).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 });
    expect(await store.parked()).toEqual([]);
  });
});

async function handledStreams(): Promise<string[]> {
  return (await store.query<{ stream: string; version: number }>('SELECT stream, version FROM effects ORDER BY n')).rows.map(
    ({ stream, version }) => `${stream} ${version}`,
  );
}

async function appendMany(stream: string, count: number): Promise<void> {
  await store.append(
    stream,
    'any',
    Array.from({ length: count }, () => event()),
  );
}

function event(type = 'happened', published = false): NewEvent {
  return { type, data: {}, published };
}
