import type { Priority } from '@testimony/contracts';
import { groupTests, orderTests, type Orderable } from './order-tests';

const test = (id: string, priority: Priority, risk: number, dependencies: readonly string[] = []): Orderable => ({
  id,
  service: 's',
  file: `${id}.ts`,
  priority,
  risk,
  dependencies,
});
const groups = (tests: readonly Orderable[]) =>
  groupTests(orderTests(tests, { byRisk: true }), new Map(tests.map(({ id, dependencies }) => [id, dependencies])));

describe('the order of tests', () => {
  it('is by priority, then risk, then file', () => {
    expect(
      orderTests(
        [test('d', 'low', 0.1), test('c', 'high', 0.4), test('b', 'high', 0.5), test('a', 'high', 0.4), test('e', 'critical', 0.1)],
        { byRisk: true },
      ),
    ).toEqual(['e', 'b', 'a', 'c', 'd']);
  });

  it('puts what something urgent waits for right before it', () => {
    const tests = [
      test('login', 'low', 0),
      test('pay', 'critical', 0.9, ['order']),
      test('list', 'high', 0.5),
      test('order', 'medium', 0.2, ['login']),
      test('refund', 'critical', 0.95),
    ];
    expect(orderTests(tests, { byRisk: true })).toEqual(['refund', 'login', 'order', 'pay', 'list']);
    expect(groups(tests)).toEqual([['refund', 'login', 'list'], ['order'], ['pay']]);
  });

  it('is by service and file when risk is not wanted, still with dependencies first', () => {
    const other = { ...test('0', 'critical', 1), service: 'z' };
    expect(orderTests([other, test('b', 'low', 0), test('a', 'low', 0, ['c']), test('c', 'critical', 1)], { byRisk: false })).toEqual([
      'b',
      'c',
      'a',
      '0',
    ]);
  });

  it('has every test once, whatever the order they come in', () => {
    const tests = Array.from({ length: 200 }, (_, n) =>
      test(
        `t${String(n).padStart(3, '0')}`,
        n % 3 === 0 ? 'critical' : 'low',
        (n % 7) / 10,
        n % 5 === 0 || n < 7 ? [] : [`t${String(n - 7).padStart(3, '0')}`],
      ),
    );
    const order = orderTests(tests, { byRisk: true });
    expect(new Set(order).size).toBe(200);
    expect(orderTests([...tests].reverse(), { byRisk: true })).toEqual(order);
    for (const { id, dependencies } of tests)
      for (const needed of dependencies) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(id));
  });

  it('takes a chain of ten thousand', () => {
    const tests = Array.from({ length: 10_000 }, (_, n) => test(`${n}`, 'low', 0, n === 0 ? [] : [`${n - 1}`]));
    expect(groups(tests)).toHaveLength(10_000);
  });

  it('is empty for nothing', () => expect(groups([])).toEqual([]));
});
