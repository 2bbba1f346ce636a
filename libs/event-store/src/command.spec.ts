import { DomainError, type EventOf, published } from '@testimony/contracts';
import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { z } from 'zod';
import { type Decider, type EventStore, handleCommand, loadState, openEventStore } from './index';

jest.setTimeout(60_000);

const Deposited = published('test.deposited', z.object({ amount: z.number().positive() }));
const Closed = { type: 'test.closed', schema: z.object({}), published: false } as const;
type AccountEvent = EventOf<typeof Deposited | typeof Closed>;
type Account = { open: true; balance: number } | { open: false };
type Command = { deposit: number } | 'close';

const account: Decider<Account, Command, AccountEvent> = {
  events: [Deposited, Closed],
  initial: { open: true, balance: 0 },
  evolve: (state, { type, data }) => {
    if (type === 'test.closed' || !state.open) return { open: false };
    return { open: true, balance: state.balance + data.amount };
  },
  decide: (state, command) => {
    if (command === 'close') return state.open ? [{ type: 'test.closed', data: {} }] : [];
    if (!state.open) throw new DomainError('account-closed', 'The account is closed: open another.');
    return [{ type: 'io.testimony.test.deposited', data: { amount: command.deposit } }];
  },
};

let postgres: RunningPostgres;
let store: EventStore;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'commands' });
});
afterAll(async () => {
  await store.close();
  await postgres.stop({ wait: false });
});

it('decides on the state, stores what was decided, and says the new state', async () => {
  const result = await handleCommand(store, 'a', account, { deposit: 5 }, { actor: 'ann' });
  expect(result).toEqual({
    state: { open: true, balance: 5 },
    version: 1,
    events: [{ type: 'io.testimony.test.deposited', data: { amount: 5 } }],
  });
  expect(await store.readStream('a')).toMatchObject([{ sequence: 1, metadata: { actor: 'ann' } }]);
  await handleCommand(store, 'a', account, 'close');
  expect(await handleCommand(store, 'a', account, 'close')).toEqual({ state: { open: false }, version: 2, events: [] });
  await expect(handleCommand(store, 'a', account, { deposit: 1 })).rejects.toMatchObject({ kind: 'account-closed' });
});

it('decides anew when somebody else was quicker', async () => {
  await Promise.all([1, 2, 3, 4].map((deposit) => handleCommand(store, 'busy', account, { deposit })));
  expect(await loadState(store, 'busy', account)).toEqual({ state: { open: true, balance: 10 }, version: 4 });
});

it('does not store what its own schema refuses', async () => {
  await expect(handleCommand(store, 'wrong', account, { deposit: -1 })).rejects.toThrow();
  expect(await store.readStream('wrong')).toEqual([]);
});
