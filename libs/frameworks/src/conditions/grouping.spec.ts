import type { Conditions } from '@testimony/contracts';
import { groupFrom, isOrdinary } from './grouping';

const test = (conditions: Partial<Conditions> = {}) => ({
  test: { key: '', service: 'shop', file: 'a.ts', titlePath: [], timeoutMs: 1, conditions: { isolated: false, ...conditions } },
});
const fits = (): boolean => true;

it('knows a normal run, however it is said', () => {
  expect([{}, { revision: 'head' as const }, { overlay: {} }, { cpuStress: undefined }].map((c) => isOrdinary(test(c).test))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  const others: Partial<Conditions>[] = [
    { isolated: true },
    { revision: 'base' },
    { randomSeed: 0 },
    { order: { sequence: 'a', place: 0 } },
    { latencyMs: 0 },
  ];
  for (const conditions of others) expect(isOrdinary(test(conditions).test)).toBe(false);
});

it('puts tests together that follow one another under equal conditions', () => {
  const sizes = (...tests: ReturnType<typeof test>[]): number[] => {
    const found: number[] = [];
    for (let at = 0; at < tests.length;) {
      const size = groupFrom(tests, at, fits).length;
      found.push(size);
      at += size;
    }
    return found;
  };
  const order = (sequence: string, place: number): Partial<Conditions> => ({ order: { sequence, place } });
  expect(sizes(test(), test({ revision: 'head' }), test({ isolated: true }), test({ isolated: true }), test())).toEqual([2, 1, 1, 1]);
  expect(sizes(test({ randomSeed: 1 }), test({ randomSeed: 1 }), test({ randomSeed: 2 }), test())).toEqual([2, 1, 1]);
  expect(sizes(test(order('a', 0)), test(order('a', 1)), test(order('b', 0)), test(order('b', 1)), test())).toEqual([2, 2, 1]);
});

it('ends where the framework says so', () => {
  const tests = [test(), test(), test()];
  expect(groupFrom(tests, 0, (_one, _first, group) => group.length < 2)).toEqual(tests.slice(0, 2));
  expect(groupFrom(tests, 3, fits)).toEqual([]);
});
