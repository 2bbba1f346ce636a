import { strategyOf, testCase } from '../testing/in-memory-backend';
import { selectTests } from './select-tests';

const login = testCase('login');
const refund = testCase('refund twice', 'payments', { dependencies: ['id-pay'], tags: ['money'] });
const pay = testCase('pay', 'payments', { dependencies: [login.id] });
const other = testCase('list products', 'catalogue');
const strategy = strategyOf('all', '', [login, pay, refund, other]);

test('what matches is chosen with everything it depends on, in the order of the plan', () => {
  const selected = selectTests(strategy, 'REFUND');
  expect(selected.executionOrder).toEqual([login.id, pay.id, refund.id]);
  expect(selected.testCases).toHaveLength(3);
  expect(selected.parallelizationGroups).toEqual([[login.id, pay.id, refund.id]]);
  expect(selected.id).toBe(strategy.id);
});

test('tags and files match too', () => {
  expect(selectTests(strategy, '^money$').testCases).toContainEqual(refund);
  expect(selectTests(strategy, 'services/catalogue').testCases).toEqual([other]);
});

test('nothing that matches is no green run', () => {
  expect(() => selectTests(strategy, 'xyz')).toThrow(expect.objectContaining({ kind: 'no-tests' }) as Error);
  expect(() => selectTests(strategy, '(')).toThrow(expect.objectContaining({ kind: 'pattern-broken' }) as Error);
});
