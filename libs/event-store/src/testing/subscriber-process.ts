// A subscriber in a process of its own, for specs that kill it: `subscriber-process.ts URL SCHEMA NAME`. Its effect is a row in `effects`.
import { openEventStore } from '../index';
import { recordEffects } from './effects';

async function main([url, schema, name]: string[]): Promise<void> {
  if (!url || !schema || !name) throw new Error('usage: subscriber-process.ts URL SCHEMA NAME');
  const store = await openEventStore({ url, schema });
  store.subscribe({ name, batchSize: 50, handle: (events, tx) => recordEffects(name, events, tx) });
  process.send?.('subscribed');
}

void main(process.argv.slice(2));
