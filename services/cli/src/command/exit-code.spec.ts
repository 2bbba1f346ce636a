import { DomainError, EXIT } from '@testimony/contracts';
import type { ExecutionStatus, Summary, TestResult } from '@testimony/contracts';
import { resultOf } from '../testing/in-memory-backend';
import { endingOf, exitCodeOf } from './exit-code';

const none: Summary = { total: 4, passed: 0, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0 };

describe('an execution ends the process with the code that pipelines know', () => {
  test.each<[string, ExecutionStatus, Partial<Summary>, boolean, number]>([
    ['passed', 'passed', { passed: 4 }, false, 0],
    ['passed with flaky tests', 'passed', { passed: 3, flaky: 1 }, false, 0],
    ['flaky, which is not allowed', 'passed', { passed: 3, flaky: 1 }, true, 1],
    ['healed counts as having run', 'passed', { healed: 1 }, false, 0],
    ['failed', 'failed', { passed: 3, failed: 1 }, false, 1],
    ['failed and lost', 'failed', { failed: 1, lost: 1 }, false, 1],
    ['lost', 'lost', { passed: 3, lost: 1 }, false, 3],
    ['not ended', 'running', { passed: 3 }, false, 3],
    ['empty', 'empty', {}, false, 4],
    ['cancelled', 'cancelled', { passed: 1, lost: 3 }, false, 130],
    ['called passed although a test failed', 'passed', { passed: 3, failed: 1 }, false, 1],
    ['called passed although a test was lost', 'passed', { passed: 3, lost: 1 }, false, 3],
    ['called passed although everything was skipped', 'passed', { skipped: 4 }, false, 4],
  ])('%s', (_, status, summary, failOnFlaky, code) => {
    expect(exitCodeOf({ status, summary: { ...none, ...summary } }, { failOnFlaky })).toBe(code);
  });

  test('failures of tests in quarantine do not fail the run, unless another fails or something was lost', () => {
    const result = (testId: string, status: TestResult['status']): TestResult => resultOf({ id: testId }, status);
    const quarantined = new Set(['known']);
    const code = (...results: TestResult[]): number => {
      const having = (status: string): number => results.filter((one) => one.status === status).length;
      const summary = { ...none, total: results.length, passed: having('passed'), failed: having('failed'), lost: having('lost') };
      return exitCodeOf({ status: 'failed', summary, results }, { failOnFlaky: false, quarantined });
    };
    expect(code(result('known', 'failed'), result('a', 'passed'))).toBe(0);
    expect(code(result('known', 'failed'), result('a', 'failed'))).toBe(1);
    expect(code(result('known', 'failed'), result('a', 'passed'), result('b', 'lost'))).toBe(3);
    expect(code(result('known', 'failed'))).toBe(0);
    expect(code(result('known', 'failed'), result('a', 'skipped'))).toBe(0);
  });

  test('the codes are the documented ones', () => {
    expect(EXIT).toEqual({ passed: 0, testsFailed: 1, usage: 2, infrastructure: 3, noTestRan: 4, cancelled: 130 });
  });
});

describe('an error ends the process with a sentence and a code', () => {
  test('what the user can correct is 2, what the machine lacks is 3, nothing to run is 4', () => {
    expect(endingOf(new DomainError('configuration-invalid', 'Say x.'))).toEqual({ exitCode: 2, message: 'Say x.' });
    expect(endingOf(new DomainError('port-taken', 'Stop it.', 503))).toEqual({ exitCode: 3, message: 'Stop it.' });
    expect(endingOf(new DomainError('no-tests', 'Write one.'))).toEqual({ exitCode: 4, message: 'Write one.' });
  });

  test('a full disk and missing rights are named, however deep they lie', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC', path: '/p/.e2e/x' });
    expect(endingOf(new Error('append failed', { cause: new AggregateError([full]) }))).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/disk is full.*\/p\/\.e2e\/x/) as string,
    });
    expect(endingOf(Object.assign(new Error('x'), { code: 'EACCES' }))).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('may not be written') as string,
    });
    expect(endingOf(Object.assign(new Error('could not extend file'), { code: '53100' }))).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('disk of the database is full') as string,
    });
  });

  test('anything else is our fault, in one line without a stack', () => {
    const { exitCode, message } = endingOf(new TypeError('x is undefined\n    at y'));
    expect(exitCode).toBe(3);
    expect(message).toBe('This should not have happened: x is undefined (-v shows where).');
  });
});
