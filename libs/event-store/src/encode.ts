import { DomainError, newId } from '@testimony/contracts';
import type { ExpectedVersion, NewEvent } from './api';

/** Bytes of JSON one event may have. Larger things are artifacts, which events refer to. */
export const MAX_EVENT_BYTES = 5 * 1024 * 1024;

/** An append in the form that `append_events` takes, but for its number in the batch. */
export interface EncodedAppend {
  readonly stream: string;
  readonly expected: ExpectedVersion;
  readonly ids: readonly string[];
  /** One JSON object an event, without its opening brace and append number. */
  readonly items: readonly string[];
  readonly bytes: number;
}

/** Throws `event-too-large`, or `no-events` for an empty list. */
export function encodeAppend(stream: string, expected: ExpectedVersion, events: readonly NewEvent[]): EncodedAppend {
  if (events.length === 0) throw new DomainError('no-events', `An append to ${stream} has no event: append at least one.`);
  const ids: string[] = [];
  const items: string[] = [];
  let bytes = 0;
  const address = `"s":${JSON.stringify(stream)},"x":${expected === 'any' ? 'null' : expected}`;
  for (const event of events) {
    const id = event.id ?? newId('evt');
    const data = storableJson(event.data ?? null);
    const size = data.length > MAX_EVENT_BYTES ? data.length : Buffer.byteLength(data);
    if (size > MAX_EVENT_BYTES) {
      throw new DomainError(
        'event-too-large',
        `An event ${event.type} of ${stream} has ${(size / 1024 / 1024).toFixed(1)} MiB, ${MAX_EVENT_BYTES / 1024 / 1024} are allowed: keep large content as an artifact and refer to it.`,
        413,
      );
    }
    const metadata = event.metadata ? storableJson(event.metadata) : '{}';
    ids.push(id);
    items.push(
      `${address},"i":${JSON.stringify(id)},"t":${JSON.stringify(event.type)},"p":${event.published},"d":${data},"m":${metadata}}`,
    );
    bytes += size;
  }
  return { stream, expected, ids, items, bytes };
}

/** The `batch` argument of `append_events`. */
export function encodeBatch(appends: readonly EncodedAppend[]): string {
  return `[${appends.flatMap((append, number) => append.items.map((item) => `{"a":${number},${item}`)).join(',')}]`;
}

/**
 * JSON that jsonb takes. Postgres refuses U+0000 and half surrogate pairs, which a test's output may well hold; they become U+FFFD, because
 * a result must not be lost over a character.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return /\\u(0000|d[89a-f])/.test(json) ? JSON.stringify(storable(value)) : json;
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== 'object') return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return storable((value.toJSON as () => unknown)());
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]));
}
