import type { EventStore } from '@testimony/event-store';
import { openEventStore } from '@testimony/event-store';
import promises from 'node:fs/promises';
import { z } from 'zod';
import { applyFix, revertFix } from '../application/apply';

// A process that applies or reverts a fix and dies by SIGKILL right before a step, for the specs of recovery. It runs from the build.

const order = z
  .object({
    url: z.string(),
    project: z.object({ projectId: z.string(), root: z.string(), overlayDir: z.string(), patchDir: z.string() }),
    id: z.string(),
    what: z.enum(['apply', 'revert']),
    /** 0: the intent, 1: the temporary file, 2: its bytes, 3: the rename, 4: the event. */
    point: z.number().int(),
  })
  .parse(JSON.parse(process.env['DYING'] ?? ''));

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Appends go through; the n-th is where it dies. */
function dyingAt(store: EventStore, n: number): EventStore {
  let changes = 0;
  return {
    ...store,
    readStream: (...args) => store.readStream(...args),
    query: (...args) => store.query(...args),
    transaction: (work) => {
      if (changes === n) die();
      changes += 1;
      return store.transaction(work);
    },
  };
}

const { open } = promises;
if (order.point === 1 || order.point === 2) {
  promises.open = async (...args: Parameters<typeof open>) => {
    if (!String(args[0]).endsWith('.tmp')) return open(...args);
    if (order.point === 1) die();
    const handle = await open(...args);
    handle.writeFile = () => die();
    return handle;
  };
}
if (order.point === 3) promises.rename = () => die();

async function main(): Promise<void> {
  const store = await openEventStore({ url: order.url, schema: 'healing' });
  const dying = dyingAt(store, order.point === 0 ? 0 : order.point === 4 ? 1 : -1);
  const applying = { store: dying, project: order.project, now: () => new Date() };
  if (order.what === 'apply') await applyFix(applying, order.id, 'somebody');
  else await revertFix(applying, order.id, 'asked');
  await store.close();
}

void main();
