import type { Cause, FailureClass } from '@testimony/contracts';
import { clusterFailures, type FailureToCluster } from './cluster-failures';

const SHOP = 'http://127.0.0.1:4000';
const failure = (testId: string, kind: FailureClass, message: string, over: Partial<FailureToCluster> = {}): FailureToCluster => ({
  testId,
  class: kind,
  message,
  causes: [],
  request: { method: 'GET', url: `${SHOP}/${testId}` },
  ...over,
});
const pointsTo = (kind: Cause['kind'], probability: number): Pick<FailureToCluster, 'causes'> => ({
  causes: [{ kind, probability, summary: 'why', evidence: [], file: 'a.ts', line: 3 } as unknown as Cause],
});
const clusters = (failures: readonly FailureToCluster[]): [string, string[]][] =>
  clusterFailures('shop', failures).map(({ cause, testIds }) => [cause, [...testIds]]);

/** What four tests see of one service that goes away: who comes later, and through which door, sees something else. */
const seen = [
  failure('reset', 'network', 'read ECONNRESET', { awayAt: 1_000 }),
  failure('hung-up', 'network', 'socket hang up', { awayAt: 1_100 }),
  failure('refused', 'network', `connect ECONNREFUSED ${SHOP}`, { awayAt: 4_000 }),
  failure('canary', 'network', `connect ECONNREFUSED ${SHOP}`, { awayAt: 17_000 }),
  failure('gateway', 'server', 'GET /gateway: expected status 200, got 502'),
  failure('unready', 'server', 'GET /unready: expected status 200, got 503'),
  failure('never-ran', 'other', `the system under test at ${SHOP} did not answer 3 tests, and was away for 30 s`, { request: undefined }),
];

it('an outage is one cluster, whichever code each test saw of it, before and after it was known', () => {
  expect(clusters(seen)).toEqual([
    [`7 tests: the outage of ${SHOP}: no answer came from 1970-01-01T00:00:01.000Z on, within 16 s`, seen.map((f) => f.testId).sort()],
  ]);
});

it('an outage behind a gateway, in which all tests got an answer, is one too', () => {
  const all = [502, 503, 503, 504].map((status, i) => {
    const id = ['carts', 'orders', 'prices', 'stock'][i]!;
    return failure(id, 'server', `GET /${id}: expected status 200, got ${status}`);
  });
  expect(clusters(all)).toEqual([[expect.stringContaining(`4 tests: the outage of ${SHOP}`), ['carts', 'orders', 'prices', 'stock']]]);
});

it('two outages, one after the other, are two', () => {
  const again = seen.slice(0, 3).map((f) => ({ ...f, testId: `${f.testId}-2`, awayAt: (f.awayAt ?? 0) + 600_000 }));
  expect(clusters([...seen, ...again]).map(([, ids]) => ids.length)).toEqual([7, 3]);
});

it.each([
  [
    'one endpoint that answers 503',
    Array.from({ length: 4 }, (_, i) => failure(`t${i}`, 'server', 'got 503', { request: { method: 'GET', url: `${SHOP}/orders` } })),
    'gave the same failure',
  ],
  [
    'errors of another service',
    [...seen.slice(0, 4), failure('a', 'server', 'got 500', { request: { method: 'GET', url: 'http://other/a' } })],
    '4 tests: the outage',
  ],
  [
    'a failure whose cause is in code that changed',
    [...seen.slice(0, 4), failure('a', 'server', 'got 503', pointsTo('changed_code', 0.8))],
    '4 tests: the outage',
  ],
  [
    'what failed in itself after it had met nobody',
    [...seen.slice(0, 4), failure('a', 'validation', 'GET /a: expected status 200, got 400', { awayAt: 2_000 })],
    '4 tests: the outage',
  ],
  ['a wrong value', [...seen.slice(0, 4), failure('a', 'assertion', 'expected 502, got 503')], '4 tests: the outage'],
])('%s is not part of it', (_, failures, cause) => {
  expect(clusters(failures)).toEqual([[expect.stringContaining(cause), expect.anything()]]);
});
