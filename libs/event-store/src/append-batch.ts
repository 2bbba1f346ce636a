import type { EncodedAppend } from './encode';

/** One call of `append_events` at most: bounds what a commit holds the lock for, and the memory of a batch. A larger single append goes alone. */
export const MAX_BATCH_EVENTS = 1_000;
export const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/**
 * Takes from the head of the queue what may share one call: in order, within the bounds, and so that an append that expects a version is the
 * first of its stream. What cannot join stays, and so does every later append to the same stream, so that a stream's order is kept.
 */
export function takeBatch<A extends { readonly encoded: EncodedAppend }>(queue: A[]): A[] {
  const batch: A[] = [];
  const left: A[] = [];
  const inBatch = new Set<string>();
  const leftBehind = new Set<string>();
  let events = 0;
  let bytes = 0;
  let taken = 0;
  for (const append of queue) {
    const { stream, expected, items, bytes: size } = append.encoded;
    if (batch.length > 0 && (events + items.length > MAX_BATCH_EVENTS || bytes + size > MAX_BATCH_BYTES)) break;
    taken++;
    if (leftBehind.has(stream) || (expected !== 'any' && inBatch.has(stream))) {
      leftBehind.add(stream);
      left.push(append);
      continue;
    }
    inBatch.add(stream);
    batch.push(append);
    events += items.length;
    bytes += size;
  }
  queue.splice(0, taken, ...left);
  return batch;
}
