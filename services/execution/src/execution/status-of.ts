import { DomainError, type ExecutionStatus } from '@testimony/contracts';
import type { Transaction } from '@testimony/event-store';

/** Undefined for an execution that does not exist. */
export async function statusOf(db: Pick<Transaction, 'query'>, executionId: string): Promise<ExecutionStatus | undefined> {
  const { rows } = await db.query<{ status: ExecutionStatus }>('SELECT status FROM executions WHERE id = $1', [executionId]);
  return rows[0]?.status;
}

export function executionUnknown(executionId: string): DomainError {
  return new DomainError('execution-unknown', `There is no execution ${executionId}; check its id, or start a new execution.`, 404);
}
