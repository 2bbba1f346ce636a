import type { EventStore } from '@testimony/event-store';
import { BEGIN_PATIENCE_ANEW } from '../outage/statements';
import { RELEASE_ALL } from '../queue/statements';
import { FORGET_WORKERS } from '../queue/worker-statements';
import { giveUp, loseBegunSequences } from '../queue/workers';
import { changeExecution } from './change';
import { completeIfDecided } from './complete';
import { retrying } from './retrying';
import { LOCK_EXECUTION } from './statements';
import { executionUnknown, statusOf } from './status-of';

/** Ends an execution whose undecided tests nobody will wait for; they are `lost` with the reason. One that has ended stays as it is. */
export async function cancelExecution(store: EventStore, executionId: string, reason: string): Promise<void> {
  if ((await statusOf(store, executionId)) === undefined) throw executionUnknown(executionId);
  await retrying(() =>
    store.transaction(async (tx) => {
      const now = new Date();
      // The last event of a cancelled execution is its end, so that who follows it has seen every verdict by then.
      await tx.query(LOCK_EXECUTION, [executionId]);
      await giveUp(tx, executionId, `cancelled: ${reason}`);
      const events = await changeExecution(tx, executionId, { kind: 'cancel', reason, now });
      if (events.length > 0) await tx.query(FORGET_WORKERS, [executionId]);
    }),
  );
}

/** Admits again an execution whose workers all died with their process. What they had in a spool still counts. */
export async function resumeExecution(store: EventStore, executionId: string): Promise<void> {
  await retrying(() =>
    store.transaction(async (tx) => {
      await changeExecution(tx, executionId, { kind: 'admit-again' });
      await loseBegunSequences(tx, executionId);
      await tx.query(RELEASE_ALL, [executionId]);
      // Nobody was there to see whether the system came back.
      await tx.query(BEGIN_PATIENCE_ANEW, [executionId]);
    }),
  );
  await completeIfDecided(store, executionId);
}

/** $1 project. */
const FORSAKEN = "SELECT id FROM executions WHERE project_id = $1 AND status = 'running' AND purpose <> 'run'";

/** Ends the executions of a project in which only the process had a part that asked for them, and that is gone. */
export async function endForsaken(store: EventStore, projectId: string): Promise<number> {
  const { rows } = await store.query<{ id: string }>(FORSAKEN, [projectId]);
  for (const { id } of rows) await cancelExecution(store, id, 'the process that waited for its answer is gone');
  return rows.length;
}
