import { attempt } from '../testing/attempts';
import type { PastAttempt } from '../verdict/judged';
import { delayBefore } from './delay';

const times = (n: number, failure: Parameters<typeof attempt>[2]): PastAttempt[] =>
  Array.from({ length: n }, (_, i) => attempt(i + 1, 'failed', failure));
const seeds = Array.from({ length: 200 }, (_, i) => `exe_1 t${i} 1`);

describe('before a failure is tried again', () => {
  it('nobody waits after an assertion, nor after an error of the product', () => {
    expect(delayBefore(times(1, {}), 's')).toBe(0);
    expect(delayBefore(times(1, { class: 'server' }), 's')).toBe(0);
    expect(delayBefore(times(1, { class: 'server', unavailable: true }), 's')).toBe(1_000);
  });

  it('the wait grows evenly with time-outs, up to a bound', () => {
    expect([1, 2, 3, 9].map((n) => delayBefore(times(n, { class: 'timeout' }), 's'))).toEqual([1_000, 2_000, 3_000, 5_000]);
  });

  it('a refused test waits by chance, anywhere up to a bound that doubles, and the same test always the same', () => {
    for (const [n, bound] of [
      [1, 2_000],
      [2, 4_000],
      [3, 8_000],
      [9, 20_000],
    ] as const) {
      const waits = seeds.map((seed) => delayBefore(times(n, { class: 'other', rateLimit: {} }), seed));
      expect(Math.max(...waits)).toBeLessThanOrEqual(bound);
      expect(Math.max(...waits)).toBeGreaterThan(0.9 * bound);
      expect(Math.min(...waits)).toBeLessThan(0.1 * bound);
      expect(waits).toEqual(seeds.map((seed) => delayBefore(times(n, { class: 'other', rateLimit: {} }), seed)));
    }
  });

  it('what the system asked for is the least, up to a minute', () => {
    const asked = seeds.map((seed) => delayBefore(times(1, { class: 'other', rateLimit: { retryAfterMs: 7_000 } }), seed));
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(7_000);
    expect(Math.max(...asked)).toBeLessThanOrEqual(7_500);
    expect(delayBefore(times(1, { class: 'other', rateLimit: { retryAfterMs: 3_600_000 } }), 's')).toBeLessThanOrEqual(65_000);
  });
});
