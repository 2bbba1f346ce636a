import type { Fix, TestExecution, TestResult } from '@testimony/contracts';
import { attempt, resultOf } from '../testing/in-memory-backend';
import { withHealed } from './with-healed';

const FIX: Fix = {
  id: 'fix_1',
  projectId: 'shop',
  executionId: 'exe_1',
  testId: 'b',
  testName: 'b',
  file: 'services/orders/modules/b.ts',
  pattern: 'hardcoded_sleep',
  title: 'waits until the order is listed',
  patch: '',
  before: '1',
  after: '2',
  confidence: 0.9,
  status: 'applied',
  guards: [],
  recheck: 'exe_2',
};

function execution(id: string, results: TestResult[]): TestExecution {
  const having = (status: string): number => results.filter((one) => one.status === status).length;
  return {
    id,
    strategyId: 'str_1',
    status: having('failed') > 0 ? 'failed' : 'passed',
    results,
    summary: {
      total: results.length,
      passed: having('passed'),
      failed: having('failed'),
      flaky: having('flaky'),
      skipped: 0,
      healed: having('healed'),
      lost: having('lost'),
    },
  };
}

const before = execution('exe_1', [resultOf({ id: 'a' }, 'passed'), resultOf({ id: 'b' }, 'flaky')]);

test('a test that passed again with its fix is healed, and shows the attempts of before too', () => {
  const shown = withHealed(before, execution('exe_2', [resultOf({ id: 'b' }, 'healed', [attempt(1, 'passed')])]), [FIX]);
  expect(shown.summary).toMatchObject({ total: 2, passed: 1, flaky: 0, healed: 1 });
  expect(shown.results[1]).toMatchObject({ status: 'healed', healed: true, healingApplied: 'fix_1' });
  expect(shown.results[1]?.attempts.map(({ attempt: n, outcome }) => [n, outcome])).toEqual([
    [1, 'failed'],
    [2, 'passed'],
    [3, 'passed'],
  ]);
});

test('one that fails with its fix turns the run red; one that was lost stays what it was', () => {
  const failed = withHealed(before, execution('exe_2', [resultOf({ id: 'b' }, 'failed')]), [FIX]);
  expect(failed).toMatchObject({ status: 'failed', summary: { failed: 1, flaky: 0 } });
  expect(failed.results[1]?.reason).toContain('after fix fix_1');
  const lost = withHealed(before, execution('exe_2', [resultOf({ id: 'b' }, 'lost')]), [FIX]);
  expect(lost.results[1]?.status).toBe('flaky');
});

test('a red execution is never made green', () => {
  const red = execution('exe_1', [resultOf({ id: 'a' }, 'failed'), resultOf({ id: 'b' }, 'flaky')]);
  expect(withHealed(red, execution('exe_2', [resultOf({ id: 'b' }, 'healed')]), [FIX]).status).toBe('failed');
});
