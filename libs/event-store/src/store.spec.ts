import { DomainError } from '@testimony/contracts';
import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { type EventStore, type NewEvent, openEventStore, VersionConflict } from './index';

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
  store = await openEventStore({ url: postgres.url, schema: `store_${++schemas}` });
});
afterEach(async () => {
  await store.close();
});

describe('append', () => {
  it('numbers positions, versions and the published', async () => {
    expect(await store.append('a', 0, [event('one'), event('two', { published: true })])).toBe(2);
    expect(await store.append('a', 2, [event('three', { published: true })])).toBe(3);
    expect(await store.append('b', 'any', [event('four', { published: true, id: 'mine', metadata: { actor: 'me' } })])).toBe(1);
    const all = await store.readAll({ after: 0, limit: 10 });
    expect(all.map(({ stream, version, sequence, type }) => [stream, version, sequence, type])).toEqual([
      ['a', 1, null, 'one'],
      ['a', 2, 1, 'two'],
      ['a', 3, 2, 'three'],
      ['b', 1, 1, 'four'],
    ]);
    expect(all[3]).toMatchObject({ id: 'mine', metadata: { actor: 'me' }, data: { n: 1 }, occurredAt: expect.any(Date) });
    expect(await store.head()).toBe(all[3]?.position);
    expect(await store.readStream('a', { afterVersion: 1, limit: 1 })).toEqual([all[1]]);
    expect(await store.readAll({ after: 0, limit: 10, publishedOnly: true, types: ['two', 'four'] })).toEqual([all[1], all[3]]);
  });

  it('refuses an append that expects another version, and only that one of a shared transaction', async () => {
    await store.append('a', 0, [event('first')]);
    const outcomes = await Promise.allSettled([
      store.append('a', 0, [event('late')]),
      store.append('b', 0, [event('fine')]),
      store.append('a', 1, [event('second')]),
      store.append('a', 1, [event('loser')]),
      store.append('c', 3, [event('nothing there')]),
      store.append('b', 'any', [event('fine too')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect((outcomes[4] as PromiseRejectedResult).reason).toBeInstanceOf(VersionConflict);
    expect((outcomes[3] as PromiseRejectedResult).reason).toMatchObject({
      kind: 'version-conflict',
      stream: 'a',
      expected: 1,
      actual: 2,
      status: 409,
    });
    expect((await store.readStream('a')).map(({ type }) => type)).toEqual(['first', 'second']);
    expect((await store.readStream('b')).map(({ version }) => version)).toEqual([1, 2]);
    expect(store.metrics().appended).toBe(4);
  });

  it('lets one that the database refuses not take the others along', async () => {
    await store.append('a', 0, [event('one', { id: 'taken' })]);
    const [good, doubled, other] = await Promise.allSettled([
      store.append('b', 0, [event('fine')]),
      store.append('c', 0, [event('two', { id: 'taken' })]),
      store.append('d', 0, [event('fine')]),
    ]);
    expect([good.status, doubled.status, other.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('keeps what jsonb would refuse', async () => {
    await store.append('a', 0, [{ type: 't', published: false, data: { text: 'a\0b\ud800c \\u0000', '\0': [new Date(0)] } }]);
    expect((await store.readStream('a'))[0]?.data).toEqual({ text: 'a\ufffdb\ufffdc \\u0000', '\ufffd': ['1970-01-01T00:00:00.000Z'] });
  });

  it('refuses an event over the limit, and takes one just below', async () => {
    const of = (bytes: number): NewEvent => ({ type: 't', published: false, data: 'x'.repeat(bytes - 2) });
    await expect(store.append('a', 0, [of(5 * 1024 * 1024 + 1)])).rejects.toMatchObject({ kind: 'event-too-large', status: 413 });
    await store.append('a', 0, [of(5 * 1024 * 1024)]);
    await expect(store.append('a', 1, [])).rejects.toBeInstanceOf(DomainError);
  });
});

describe('transaction', () => {
  beforeEach(async () => {
    await store.query('CREATE TABLE notes (text text)');
  });

  it('commits an effect and its events together', async () => {
    await store.transaction(async (tx) => {
      await tx.query('INSERT INTO notes VALUES ($1)', ['kept']);
      tx.append('a', 0, [event("it's \\ one")]);
      tx.append('a', 1, [event('two')]);
      tx.append('b', 'any', [event('three')]);
    });
    expect((await store.query('SELECT * FROM notes')).rows).toEqual([{ text: 'kept' }]);
    expect((await store.readAll({ after: 0, limit: 9 })).map(({ type }) => type)).toEqual(["it's \\ one", 'two', 'three']);
  });

  it('rolls back as a whole on a conflict', async () => {
    await store.append('a', 0, [event('first')]);
    const conflicting = store.transaction(async (tx) => {
      await tx.query('INSERT INTO notes VALUES ($1)', ['never']);
      tx.append('b', 0, [event('never')]);
      tx.append('a', 0, [event('late')]);
    });
    await expect(conflicting).rejects.toMatchObject({ kind: 'version-conflict', stream: 'a', actual: 1 });
    expect((await store.query('SELECT * FROM notes')).rows).toEqual([]);
    expect(await store.readStream('b')).toEqual([]);
  });

  it('rolls back on a throw, and says so when an error was passed over', async () => {
    await expect(
      store.transaction(async (tx) => {
        tx.append('a', 0, [event('never')]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(store.transaction((tx) => tx.query('SELECT nothing').catch(() => undefined))).rejects.toThrow(/nothing was committed/);
    expect(await store.head()).toBe(0);
  });
});

function event(type: string, more: Partial<NewEvent> = {}): NewEvent {
  return { type, data: { n: 1 }, published: false, ...more };
}
