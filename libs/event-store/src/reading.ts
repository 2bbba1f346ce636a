import type { EventMetadata } from '@testimony/contracts';
import type { Pool } from 'pg';
import type { EventStoreReader, StoredEvent } from './api';
import { throughOutage } from './connection';

type Row = [number, string, string, number, number | null, string, unknown, EventMetadata, Date];

const EVENT_COLUMNS = 'position, id, stream, version, sequence, type, data, metadata, occurred_at';

export const READ_STREAM = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3`;

/** `sequence IS NOT NULL` is what the partial index of the published is made for. */
export function readAllSql(publishedOnly: boolean, types: boolean): string {
  return `SELECT ${EVENT_COLUMNS} FROM events WHERE position > $1${publishedOnly ? ' AND sequence IS NOT NULL' : ''}${types ? ' AND type = ANY($3)' : ''} ORDER BY position LIMIT $2`;
}

export const HEAD = 'SELECT coalesce(max(position), 0) AS head FROM events';

export function createReading(pool: Pool): Pick<EventStoreReader, 'readStream' | 'readAll' | 'head'> {
  return {
    readStream: (stream, { afterVersion = 0, limit } = {}) =>
      throughOutage(async () => {
        const result = await pool.query<Row>({ text: READ_STREAM, values: [stream, afterVersion, limit ?? null], rowMode: 'array' });
        return result.rows.map(toEvent);
      }),
    readAll: ({ after, limit, publishedOnly = false, types }) =>
      throughOutage(async () => {
        const values = types ? [after, limit, types] : [after, limit];
        const result = await pool.query<Row>({ text: readAllSql(publishedOnly, types !== undefined), values, rowMode: 'array' });
        return result.rows.map(toEvent);
      }),
    head: () => throughOutage(async () => (await pool.query<{ head: number }>(HEAD)).rows[0]?.head ?? 0),
  };
}

function toEvent([position, id, stream, version, sequence, type, data, metadata, occurredAt]: Row): StoredEvent {
  return { position, id, stream, version, sequence, type, data, metadata, occurredAt };
}
