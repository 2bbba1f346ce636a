import { FlakeDetected, type Detection } from '@testimony/contracts';
import { VersionConflict, type EventStore, type Transaction } from '@testimony/event-store';

/** A test is flaky in an execution once, whoever says it first: the verdict's reaction or healing itself. Without an execution, each detection counts. */
export async function recordFlake(
  store: EventStore,
  projectId: string,
  detection: Detection,
  executionId: string | undefined,
  at: Date,
): Promise<void> {
  try {
    await store.append(flakeStream(projectId, detection.testId, executionId), executionId === undefined ? 'any' : 0, [
      flakeEvent(projectId, detection, executionId, at),
    ]);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
  }
}

/** In the transaction of a reaction. Looked up first, since a conflict would undo the whole transaction. */
export async function recordFlakeIn(
  tx: Transaction,
  projectId: string,
  detection: Detection,
  executionId: string,
  at: Date,
): Promise<void> {
  const stream = flakeStream(projectId, detection.testId, executionId);
  const { rows } = await tx.query('SELECT FROM events WHERE stream = $1 LIMIT 1', [stream]);
  if (rows.length === 0) tx.append(stream, 0, [flakeEvent(projectId, detection, executionId, at)]);
}

function flakeStream(projectId: string, testId: string, executionId?: string): string {
  return `flake-${executionId ?? projectId}-${testId}`;
}

function flakeEvent(projectId: string, detection: Detection, executionId: string | undefined, at: Date) {
  const data = FlakeDetected.schema.parse({
    projectId,
    ...(executionId !== undefined && { executionId }),
    ...detection,
    at: at.toISOString(),
  });
  return { type: FlakeDetected.type, data, published: true, ...(executionId !== undefined && { metadata: { correlation: executionId } }) };
}
