import { openEventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { StoreTransport } from './event-server';
import { startService } from './start-service';
import { transportContract } from './testing/transport-contract';

describe('the transport over the stores themselves', () => {
  let postgres: RunningPostgres;
  let serial = 0;

  beforeAll(async () => {
    postgres = await startTemporaryPostgres();
  });
  afterAll(() => postgres.stop());

  const open = (schema: string) => openEventStore({ url: postgres.url, schema, poolSize: 4 });

  transportContract(
    {
      start: ({ consumer, store, source, module }) =>
        startService({ module: module as never, transport: new StoreTransport({ consumer, store, sources: [source] }), logger: false }),
    },
    async () => {
      serial += 1;
      return { source: await open(`source_${serial}`), own: await open(`own_${serial}`) };
    },
  );
});
