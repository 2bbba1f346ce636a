import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { published } from '@testimony/contracts';
import type { EventStore, EventStoreReader } from '@testimony/event-store';
import { z } from 'zod';
import { On } from '../on';
import { EventContext, type ReceivedEvent } from '../received-event';

const NumberSaid = published('contract.number-said', z.object({ n: z.number().int() }));
const Ignored = published('contract.ignored', z.object({}));

/** How a transport under contract is put between a source and a consumer. */
export interface TransportUnderContract {
  /** Starts a consumer whose handlers are those of `module`; `close` ends it, and another start continues where it ended. */
  start(parts: { consumer: string; store: EventStore; source: EventStoreReader; module: object }): Promise<{ close(): Promise<void> }>;
}

/** The consumer's stores, new and empty for each test. */
export interface ContractStores {
  readonly source: EventStore;
  readonly own: EventStore;
}

type Behaviour = (event: ReceivedEvent<typeof NumberSaid>) => Promise<void> | void;

function consumerModule(behave: Behaviour): object {
  @Controller()
  class NumbersHandler {
    @On(NumberSaid)
    async heard(@Payload() event: ReceivedEvent<typeof NumberSaid>, @Ctx() context: EventContext): Promise<void> {
      await context.tx.query('INSERT INTO heard (stream, n) VALUES ($1, $2)', [event.stream, event.data.n]);
      await behave(event);
    }
  }

  @Module({ controllers: [NumbersHandler] })
  class ConsumerModule {}
  return ConsumerModule;
}

const said = (n: number) => ({ type: NumberSaid.type, data: { n }, published: true });

/** What every transport of published events promises. Each transport's spec calls this with its own way to start. */
export function transportContract(transport: TransportUnderContract, openStores: () => Promise<ContractStores>): void {
  let stores: ContractStores;
  const running: { close(): Promise<void> }[] = [];

  const start = async (behave: Behaviour = () => undefined) => {
    const consumer = await transport.start({
      consumer: 'contract',
      store: stores.own,
      source: stores.source,
      module: consumerModule(behave),
    });
    running.push(consumer);
    return consumer;
  };
  const heard = async (stream?: string) =>
    (
      await stores.own.query<{ stream: string; n: number }>(
        'SELECT stream, n FROM heard WHERE $1::text IS NULL OR stream = $1 ORDER BY place',
        [stream ?? null],
      )
    ).rows.map((row) => row.n);
  const becomes = async (ask: () => Promise<unknown>, wanted: unknown) => {
    for (let i = 0; i < 1_000; i++) {
      if (JSON.stringify(await ask()) === JSON.stringify(wanted)) break;
      await new Promise((done) => setTimeout(done, 10));
    }
    expect(await ask()).toEqual(wanted);
  };

  beforeEach(async () => {
    stores = await openStores();
    await stores.own.transaction((tx) => tx.query('CREATE TABLE heard (place serial PRIMARY KEY, stream text NOT NULL, n int NOT NULL)'));
  });

  afterEach(async () => {
    for (const consumer of running.splice(0)) await consumer.close();
    await stores.own.close();
    await stores.source.close();
  });

  it('hands each published event once to the handler of its type, in the order of its stream', async () => {
    await start();
    for (let n = 1; n <= 20; n++)
      await stores.source.append(`s-${n % 2}`, 'any', [said(n), { type: Ignored.type, data: {}, published: true }]);
    await becomes(() => heard('s-0'), [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    await becomes(() => heard('s-1'), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  });

  it('keeps an event that is not published to its service', async () => {
    await stores.source.append('s', 0, [{ ...said(1), published: false }, said(2)]);
    await start();
    await becomes(() => heard(), [2]);
  });

  it('continues where it ended, also with what was said meanwhile', async () => {
    const first = await start();
    await stores.source.append('s', 'any', [said(1)]);
    await becomes(() => heard(), [1]);
    await first.close();
    await stores.source.append('s', 'any', [said(2), said(3)]);
    await start();
    await becomes(() => heard(), [1, 2, 3]);
  });

  it('has the effect once although the handler failed after it, and says so to nobody else', async () => {
    let failures = 2;
    await start(() => {
      if (failures-- > 0) throw new Error('not yet');
    });
    await stores.source.append('s', 'any', [said(1), said(2)]);
    await becomes(() => heard(), [1, 2]);
    expect(await stores.own.parked()).toEqual([]);
  });

  it('parks the stream of a poison event with its error, lets other streams go on, and handles it in order on replay', async () => {
    let poison = true;
    await start((event) => {
      if (event.data.n === 2 && poison) throw new Error('two is too much');
    });
    await stores.source.append('bad', 'any', [said(1), said(2), said(3)]);
    await stores.source.append('good', 'any', [said(4)]);
    await becomes(() => heard('good'), [4]);
    await becomes(async () => (await stores.own.parked()).map((p) => [p.stream, p.events]), [['bad', 2]]);
    expect(await heard('bad')).toEqual([1]);
    const [parked] = await stores.own.parked();
    expect(parked?.error).toContain('two is too much');

    poison = false;
    expect(await stores.own.replay(parked!.subscription, 'bad')).toBe(2);
    expect(await heard('bad')).toEqual([1, 2, 3]);
    await stores.source.append('bad', 'any', [said(5)]);
    await becomes(() => heard('bad'), [1, 2, 3, 5]);
  });

  it('lets a slow handler finish before it closes', async () => {
    let begun!: () => void;
    const began = new Promise<void>((done) => (begun = done));
    let release!: () => void;
    const released = new Promise<void>((done) => (release = done));
    const consumer = await start(async () => {
      begun();
      await released;
    });
    await stores.source.append('s', 'any', [said(1)]);
    await began;
    const closed = consumer.close();
    release();
    await closed;
    expect(await heard()).toEqual([1]);
  });
}
