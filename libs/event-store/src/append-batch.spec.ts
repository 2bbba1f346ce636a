import type { ExpectedVersion } from './api';
import { MAX_BATCH_BYTES, MAX_BATCH_EVENTS, takeBatch } from './append-batch';

interface Queued {
  name: string;
  encoded: { stream: string; expected: ExpectedVersion; ids: string[]; items: string[]; bytes: number };
}

describe('what shares one transaction', () => {
  it('is everything, where streams differ or nothing is expected', () => {
    expect(batches(append('1', 'a', 0), append('2', 'b', 3), append('3', 'a', 'any'), append('4', 'a', 'any'))).toEqual([
      ['1', '2', '3', '4'],
    ]);
  });

  it('holds an append that expects a version only as the first of its stream', () => {
    expect(batches(append('1', 'a', 0), append('2', 'a', 1), append('3', 'b', 0), append('4', 'a', 'any'))).toEqual([
      ['1', '3'],
      ['2', '4'],
    ]);
  });

  it('stays within the bounds, but takes a larger one alone', () => {
    const large = append('large', 'l', 0, MAX_BATCH_EVENTS + 5);
    expect(batches(append('1', 'a', 0), large, append('2', 'b', 0))).toEqual([['1'], ['large'], ['2']]);
    const heavy = (name: string): Queued => append(name, name, 0, 1, MAX_BATCH_BYTES / 2 + 1);
    expect(batches(heavy('x'), heavy('y'))).toEqual([['x'], ['y']]);
  });
});

function batches(...queue: Queued[]): string[][] {
  const taken: string[][] = [];
  while (queue.length > 0) taken.push(takeBatch(queue).map(({ name }) => name));
  return taken;
}

function append(name: string, stream: string, expected: ExpectedVersion, events = 1, bytes = 10): Queued {
  const items = Array.from({ length: events }, () => '');
  return { name, encoded: { stream, expected, ids: items, items, bytes } };
}
