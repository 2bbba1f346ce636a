import { DomainError } from '@testimony/contracts';
import type { EventStoreReader, ParkedStream, SubscriptionOptions, Transaction } from './api';
import { handleOnce, reason } from './subscription';
import type { RunTransaction } from './transaction';

const PAGE = 100;

export const LIST_PARKED = `SELECT subscription, stream, count(*) AS events, min(position) AS first_position, min(parked_at) AS parked_at,
    (array_agg(error ORDER BY position) FILTER (WHERE error IS NOT NULL))[1] AS error
  FROM parked GROUP BY subscription, stream ORDER BY min(parked_at)`;

interface ParkedRow {
  subscription: string;
  stream: string;
  events: number;
  first_position: number;
  parked_at: Date;
  error: string | null;
}

export function toParkedStream(row: ParkedRow): ParkedStream {
  const { subscription, stream, events, first_position: firstPosition, parked_at: parkedAt, error } = row;
  return { subscription, stream, events, firstPosition, error: error ?? '', parkedAt };
}

/**
 * Handles what waits for a parked stream, a page in one transaction with the checkpoint locked, so that the running subscription neither adds
 * to it nor overtakes it meanwhile. When an event fails again, those before it stay handled and the new reason is kept.
 */
export async function replayParked(
  options: SubscriptionOptions,
  source: EventStoreReader,
  transaction: RunTransaction,
  stream: string,
): Promise<number> {
  let handled = 0;
  for (;;) {
    const page = await transaction((tx) => replayPage(options, source, tx, stream));
    handled += page.handled;
    if (page.failure) {
      throw new DomainError(
        'still-failing',
        `${handled} parked event(s) of ${stream} were handled by ${options.name}, then one failed again: ${page.failure}. Mend the cause and replay again.`,
        409,
      );
    }
    if (!page.more) return handled;
  }
}

async function replayPage(
  options: SubscriptionOptions,
  source: EventStoreReader,
  tx: Transaction,
  stream: string,
): Promise<{ handled: number; more: boolean; failure?: string }> {
  await tx.query('SELECT FROM checkpoints WHERE subscription = $1 FOR UPDATE', [options.name]);
  const { rows } = await tx.query<{ position: number }>(
    'SELECT position FROM parked WHERE subscription = $1 AND stream = $2 ORDER BY position LIMIT $3',
    [options.name, stream, PAGE],
  );
  let handled = 0;
  for (const { position } of rows) {
    const [event] = await source.readAll({ after: position - 1, limit: 1 });
    if (event?.position !== position) throw new Error(`The parked event at position ${position} of ${stream} is not in its store.`);
    await tx.query('SAVEPOINT one');
    try {
      await handleOnce(options, tx, [event]);
    } catch (error) {
      await tx.query('ROLLBACK TO SAVEPOINT one');
      await tx.query('UPDATE parked SET error = $4 WHERE subscription = $1 AND stream = $2 AND position = $3', [
        options.name,
        stream,
        position,
        reason(error),
      ]);
      return { handled, more: false, failure: reason(error) };
    }
    await tx.query('DELETE FROM parked WHERE subscription = $1 AND stream = $2 AND position = $3', [options.name, stream, position]);
    handled++;
  }
  return { handled, more: rows.length === PAGE };
}
