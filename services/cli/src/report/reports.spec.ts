import { XMLParser } from 'fast-xml-parser';
import type { TestCase, TestExecution, TestResult } from '@testimony/contracts';
import { attempt, resultOf, strategyOf, testCase } from '../testing/in-memory-backend';
import { painter } from '../terminal/world';
import { githubAnnotations, githubSummary } from './github';
import { LARGEST_DATA } from './html/page-data';
import { reportHtml } from './html/report-html';
import { junitXml } from './junit';
import { reportJson } from './report-json';
import type { RunReport } from './run-report';
import { terminalSummary } from './terminal-summary';

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u001b[2J\u0000 %0A::error::x &amp; ]]> \u2028 \ud800';

function reportOf(results: [string, TestResult['status'], TestResult['attempts']?][], more: Partial<RunReport> = {}): RunReport {
  const cases = results.map(([name]) => testCase(name));
  const having = (status: string): number => results.filter(([, of]) => of === status).length;
  const execution: TestExecution = {
    id: 'exe_1',
    strategyId: 'str_1',
    status: having('failed') > 0 ? 'failed' : having('lost') > 0 ? 'lost' : 'passed',
    results: results.map(([, status, attempts], index) => resultOf(cases[index] as { id: string }, status, attempts)),
    summary: {
      total: results.length,
      passed: having('passed'),
      failed: having('failed'),
      flaky: having('flaky'),
      skipped: having('skipped'),
      healed: having('healed'),
      lost: having('lost'),
    },
  };
  return {
    project: { id: 'shop', name: 'shop' },
    strategy: strategyOf('nightly', '', cases),
    execution,
    problems: [],
    fixes: [],
    quarantined: [],
    generatedAt: '2026-11-24T12:00:00.000Z',
    ...more,
  };
}

const AWAY = attempt(1, 'failed', {
  failure: {
    class: 'network',
    message: 'GET http://shop/orders was not answered',
    code: 'ECONNREFUSED',
    probe: { url: 'http://shop', reachable: false, error: 'ECONNREFUSED' },
  },
});

const EVERY = reportOf([
  ['green', 'passed'],
  ['sometimes', 'flaky'],
  ['gone', 'lost'],
  ['left out', 'skipped'],
  ['red', 'failed'],
]);

describe('the terminal summary', () => {
  const summary = (report: RunReport): string => terminalSummary(report, { paint: painter(false), htmlFile: 'report.html' });

  test('names every red test with its first cause, flaky ones with their numbers, lost ones with the reason; red first', () => {
    const text = summary(EVERY);
    expect(text).toMatch(/FAILED {2}orders › red {2}high\n {8}expected 200 but got 500\n.*failed 2 of 2 attempts/);
    expect(text).toMatch(/FLAKY {3}orders › sometimes.*\n {8}expected 200 but got 500\n {8}flaky: 1 of 2 attempts failed/);
    expect(text).toMatch(/LOST {4}1 test: the worker was lost\n {8}orders › gone/);
    expect(text.indexOf('FAILED')).toBeLessThan(text.indexOf('FLAKY'));
    expect(text).toContain('5 tests: 1 passed, 1 failed, 1 flaky, 1 skipped, 1 lost');
    expect(text).toContain('report.html');
    expect(text).not.toContain('green');
  });

  test('a green run with a flaky test is not silent about it', () => {
    const text = summary(
      reportOf([
        ['a', 'passed'],
        ['b', 'flaky'],
      ]),
    );
    expect(text).toContain('Passed  2 tests: 1 passed, 1 flaky');
    expect(text).toContain('FLAKY   orders › b');
  });

  test('a flaky test that ends the run with exit code 1 is named as the cause', () => {
    const green = reportOf([['b', 'flaky']]);
    const said = (failOnFlaky: boolean): string => terminalSummary(green, { paint: painter(false), failOnFlaky });
    expect(said(true)).toContain('Exit code 1: a flaky test');
    expect(said(false)).not.toContain('Exit code');
  });

  test('a system under test that was away for a while is named although every test passed at last', () => {
    const text = summary(
      reportOf([
        ['a', 'passed', [AWAY, attempt(2, 'passed')]],
        ['b', 'passed', [AWAY, attempt(2, 'passed')]],
        ['c', 'passed'],
      ]),
    );
    expect(text).toContain('AWAY    the system under test at http://shop did not answer for a while; 2 tests waited for it and ran again');
    expect(summary(EVERY)).not.toContain('AWAY');
  });

  test('an attempt that met no system under test is neither counted nor named as the cause', () => {
    const text = summary(reportOf([['a', 'failed', [AWAY, attempt(2, 'failed')]]]));
    expect(text).toContain('expected 200 but got 500');
    expect(text).toContain('failed 1 of 1 attempt');
  });

  test('what a test printed cannot move the cursor or start a line of its own', () => {
    const text = summary(
      reportOf([[HOSTILE, 'failed', [attempt(1, 'failed', { failure: { class: 'other', message: `${HOSTILE}\nsecond line` } })]]]),
    );
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(text).not.toContain('second line');
  });
});

describe('JUnit XML', () => {
  interface Case {
    name: string;
    failure?: { message: string; type: string };
    rerunFailure?: { message: string; stackTrace: string };
    flakyFailure?: { message: string };
    flakyError?: { type: string };
    error?: { type: string; message: string };
    skipped?: { message: string };
  }
  const parse = (report: RunReport): { suite: Record<string, unknown>; cases: Map<string, Case> } => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name === 'testcase' || name === 'property',
    });
    const { testsuite } = (
      parser.parse(junitXml(report), true) as { testsuites: { testsuite: Record<string, unknown> & { testcase: Case[] } } }
    ).testsuites;
    return { suite: testsuite, cases: new Map(testsuite.testcase.map((one) => [one.name, one])) };
  };

  test('says passed at last, failed every time, lost and skipped apart, as Surefire does', () => {
    const { suite, cases } = parse(EVERY);
    expect(suite).toMatchObject({ name: 'orders', tests: '5', failures: '1', errors: '1', skipped: '1' });
    expect(cases.get('red')).toMatchObject({
      failure: { message: 'expected 200 but got 500', type: 'assertion' },
      rerunFailure: { message: 'expected 200 but got 500', stackTrace: expect.stringContaining('alone in a fresh process') as string },
    });
    expect(cases.get('sometimes')).toMatchObject({ flakyFailure: { message: 'expected 200 but got 500' } });
    expect(cases.get('sometimes')).not.toHaveProperty('failure');
    expect(cases.get('gone')?.error).toMatchObject({ type: 'lost', message: 'the worker was lost' });
    expect(cases.get('left out')).toHaveProperty('skipped');
    expect(Object.keys(cases.get('green') ?? {})).not.toEqual(expect.arrayContaining(['failure', 'error', 'skipped', 'flakyFailure']));
  });

  test('a time-out that passed at last is a flaky error', () => {
    const timeout = attempt(1, 'failed', { failure: { class: 'timeout', message: 'took too long' } });
    expect(parse(reportOf([['slow', 'flaky', [timeout, attempt(2, 'passed')]]])).cases.get('slow')?.flakyError?.type).toBe('timeout');
  });

  test('a test that passed once its system was back is no flaky test', () => {
    const waited = parse(reportOf([['waited', 'passed', [AWAY, attempt(2, 'passed')]]])).cases.get('waited');
    expect(waited).not.toHaveProperty('flakyError');
    expect(waited).not.toHaveProperty('flakyFailure');
  });

  test('a test is called by its groups and title whatever else ran, so that readers keep its history', () => {
    const report = reportOf([['red', 'failed']]);
    const [plan] = report.strategy.testCases as [TestCase];
    const grouped = { ...plan, metadata: { ...plan.metadata, titlePath: ['[chromium]', 'orders', 'red'] } };
    const { cases } = parse({ ...report, strategy: { ...report.strategy, testCases: [grouped] } });
    expect([...cases.keys()]).toEqual(['[chromium] › orders › red']);
  });

  test('stays well-formed whatever a test printed', () => {
    const xml = junitXml(
      reportOf([
        [HOSTILE, 'failed', [attempt(1, 'failed', { logs: [HOSTILE], failure: { class: 'other', message: HOSTILE, stack: HOSTILE } })]],
      ]),
    );
    expect(() => new XMLParser().parse(xml, true)).not.toThrow();
    expect(xml).not.toMatch(/(?![\n\t])\p{Cc}|<script|<img/u);
    expect(xml.isWellFormed()).toBe(true);
  });
});

describe('GitHub annotations', () => {
  test('nine of a kind and one that counts the rest, the red before the flaky', () => {
    const many = reportOf(Array.from({ length: 14 }, (_, n): [string, TestResult['status']] => [`red ${n}`, 'failed']));
    const lines = githubAnnotations(many);
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('::error title=5 more::and 5 red tests more: see the report');
    expect(githubAnnotations(EVERY).map((line) => line.split(' ')[0])).toEqual(['::error', '::error', '::warning']);
  });

  test('a message cannot start a command of its own', () => {
    const hostile = 'x\n::set-output name=a::b%0A';
    const lines = githubAnnotations(
      reportOf([['a,b:c', 'failed', [attempt(1, 'failed', { failure: { class: 'other', message: hostile } })]]]),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    expect(lines[0]).toContain('a%2Cb%3Ac');
  });

  test('the summary names what is not green, and no markup of a test survives', () => {
    const text = githubSummary(
      reportOf([
        ['<b>|x', 'failed'],
        ['fine', 'passed'],
      ]),
    );
    expect(text).toContain('&#60;b&#62;&#124;x');
    expect(text).not.toContain('fine');
  });
});

describe('the HTML page', () => {
  const dataOf = (html: string): Record<string, unknown> & { tests: Record<string, unknown>[] } =>
    JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as never;

  test('holds every verdict with its reason, attempts and risk', () => {
    const [red] = dataOf(reportHtml(EVERY)).tests;
    expect(red).toMatchObject({
      name: 'red',
      status: 'failed',
      reason: 'failed: 2 of 2 attempts failed',
      factors: [0],
      attempts: [
        { outcome: 'failed', conditions: 'in a shared process', failure: { message: 'expected 200 but got 500' } },
        { outcome: 'failed', conditions: 'alone in a fresh process' },
      ],
    });
    expect(dataOf(reportHtml(EVERY))['factors']).toEqual([{ factor: 'write_operation', weight: 0.3, reason: 'POST /orders changes data' }]);
  });

  test('hostile output stays data: nothing ends the script element, no link leaves the artifact folder', () => {
    const html = reportHtml(
      reportOf(
        [
          [
            HOSTILE,
            'failed',
            [
              attempt(1, 'failed', {
                failure: { class: 'other', message: HOSTILE, stack: HOSTILE },
                logs: [HOSTILE],
                requests: [{ method: 'GET', url: HOSTILE, status: 200, durationMs: 1, responseBody: HOSTILE }],
                artifacts: [
                  { name: 'trace', path: 'exe 1/trace#1.zip' },
                  { name: 'up', path: '../../etc/passwd' },
                ],
              }),
            ],
          ],
        ],
        { project: { id: 'x', name: HOSTILE }, problems: [HOSTILE] },
      ),
      '../../artifacts',
    );
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<title>[^<]*<(?!\/title)/);
    expect(html).not.toMatch(/(?![\n\t])\p{Cc}/u);
    const [attempts] = dataOf(html).tests.map((test) => test['attempts'] as { artifacts: unknown[] }[]);
    expect(attempts?.[0]?.artifacts).toEqual([
      { name: 'trace', path: 'exe 1/trace#1.zip', href: '../../artifacts/exe%201/trace%231.zip' },
      { name: 'up', path: '../../etc/passwd' },
    ]);
  });

  test('needs nothing from outside, and says so to the browser', () => {
    const html = reportHtml(EVERY);
    expect(html).not.toMatch(/\s(src|href)="|@import|url\(/);
    expect(/Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/,
    );
  });

  test('5,000 tests stay under 5 MB: passed ones lose their evidence first, red ones keep it, and the page says what is left out', () => {
    const body = 'x'.repeat(3000);
    const requests = [{ method: 'GET', url: 'http://localhost/orders', status: 200, durationMs: 3, responseBody: body }];
    const report = reportOf(
      Array.from({ length: 5000 }, (_, n): [string, TestResult['status'], TestResult['attempts']] =>
        n % 500 === 0
          ? [`red ${n}`, 'failed', [attempt(1, 'failed', { requests })]]
          : [`green ${n}`, 'passed', [attempt(1, 'passed', { requests })]],
      ),
    );
    const html = reportHtml(report);
    expect(Buffer.byteLength(html)).toBeLessThan(5_000_000);
    const data = dataOf(html);
    expect(data.tests).toHaveLength(5000);
    expect(data['evidenceLeftOut']).toBeGreaterThan(0);
    for (const red of data.tests.slice(0, 10))
      expect(red).toMatchObject({ status: 'failed', attempts: [{ requests: [{ responseBody: body }] }] });
  });

  test('however many tests there are, the bound holds and the rest is counted', () => {
    const data = dataOf(
      reportHtml(
        reportOf(Array.from({ length: 9000 }, (_, n): [string, TestResult['status']] => [`green ${n} ${'y'.repeat(290)}`, 'passed'])),
      ),
    );
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(LARGEST_DATA);
    expect(data.tests.length + (data['testsLeftOut'] as number)).toBe(9000);
    expect(data['testsLeftOut']).toBeGreaterThan(0);
  });
});

test('the JSON report names its version and holds the execution and the plan of what ran', () => {
  expect(reportJson(EVERY)).toMatchObject({
    format: 'testimony-report',
    version: 1,
    execution: EVERY.execution,
    tests: EVERY.strategy.testCases,
  });
});
