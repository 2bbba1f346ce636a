import { XMLBuilder } from 'fast-xml-parser';
import { conditionsInWords } from '@testimony/contracts';
import type { Attempt } from '@testimony/contracts';
import { cut, plainText } from '../terminal/plain-text';
import { answers, concluded, failures, isExcused, reportedTests, wallMs } from './run-report';
import type { ReportedTest, RunReport } from './run-report';

// The dialect is Surefire's (surefire-test-report-3.0.2.xsd): it is the one that says 'passed at last' and 'failed
// every time' apart, and older readers still find the failure, error and skipped elements they know.

/** Per test; a report that holds every byte a test printed cannot be opened. */
const LONGEST_OUTPUT = 20_000;
const LONGEST_STACK = 10_000;

type Xml = Record<string, unknown>;

export function junitXml(report: RunReport): string {
  const suites = Map.groupBy(reportedTests(report), ({ service }) => service);
  const { summary } = report.execution;
  const excused = concluded(report).quarantinedFailing.length;
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true, suppressEmptyNode: true });
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': text(report.project.name),
      '@tests': summary.total,
      '@failures': summary.failed - excused,
      '@errors': summary.lost,
      '@skipped': summary.skipped + excused,
      '@time': seconds(wallMs(report.execution)),
      testsuite: [...suites].toSorted(([a], [b]) => a.localeCompare(b)).map(([service, tests]) => suite(service, tests, report)),
    },
  });
}

function suite(service: string, tests: readonly ReportedTest[], report: RunReport): Xml {
  const having = (status: string): number => tests.filter(({ result }) => result.status === status).length;
  const excused = tests.filter(isExcused).length;
  const starts = tests.flatMap(({ result }) => (result.startedAt ? [result.startedAt] : [])).toSorted();
  return {
    '@name': text(service),
    '@tests': tests.length,
    '@failures': having('failed') - excused,
    '@errors': having('lost') + having('pending') + having('running'),
    '@skipped': having('skipped') + excused,
    '@flakes': having('flaky'),
    '@time': seconds(tests.reduce((sum, { result }) => sum + result.attempts.reduce((all, { durationMs }) => all + durationMs, 0), 0)),
    ...(starts[0] ? { '@timestamp': starts[0] } : {}),
    properties: {
      property: properties({
        'testimony.execution': report.execution.id,
        'testimony.strategy': report.strategy.id,
        'testimony.status': report.execution.status,
        'testimony.conclusion': concluded(report).status,
        ...(excused > 0 ? { 'testimony.quarantined': `${excused} failing` } : {}),
      }),
    },
    testcase: tests.map(testcase),
  };
}

function testcase(test: ReportedTest): Xml {
  const { result, plan } = test;
  return {
    // Always with the groups around it: a name that depends on what else ran would break the test's history.
    '@name': text(plan && plan.metadata.titlePath.length > 0 ? plan.metadata.titlePath.join(' › ') : (plan?.name ?? test.name)),
    '@classname': text(`${test.service}.${test.file.replace(/\.[^./]+$/, '').replaceAll('/', '.')}`),
    '@file': text(test.file),
    '@time': seconds(result.durationMs),
    properties: {
      property: properties({
        'testimony.test': result.testId,
        'testimony.verdict': result.status,
        'testimony.reason': result.reason,
        ...(plan ? { 'testimony.priority': plan.priority, 'testimony.risk': plan.metadata.risk.toFixed(2) } : {}),
        ...(result.decision?.label ? { 'testimony.label': result.decision.label } : {}),
        ...(result.decision?.flakiness ? { 'testimony.p_flaky': result.decision.flakiness.probability.toFixed(3) } : {}),
        ...(test.analysis?.causes[0] ? { 'testimony.cause': test.analysis.causes[0].summary } : {}),
        ...(test.analysis?.clusterId ? { 'testimony.cluster': test.analysis.clusterId } : {}),
        ...(test.fixes[0] ? { 'testimony.fix': `${test.fixes[0].id} ${test.fixes[0].status}` } : {}),
        ...(test.quarantine ? { 'testimony.quarantine': `${test.quarantine.owner}, until ${test.quarantine.until}` } : {}),
        ...(result.status === 'flaky' ? { 'testimony.rate': `${answers(result).failed}/${answers(result).runs}` } : {}),
      }),
    },
    ...verdictElements(test),
    ...(result.logs.length > 0 ? { 'system-out': text(result.logs.join('\n'), LONGEST_OUTPUT) } : {}),
  };
}

/**
 * Whoever reads `failure` makes the build red, which the exit code does not: a failure in quarantine is a skipped test that says so, with every
 * attempt that failed beside it. Its verdict stays in the properties.
 */
function excusedElements({ result, quarantine }: ReportedTest): Xml {
  const said = failures(result)[0]?.failure?.message ?? result.errorMessage ?? result.reason;
  const excuse = quarantine ? `in quarantine until ${quarantine.until.slice(0, 10)}, owner ${quarantine.owner}` : '';
  return {
    ...byKind(failures(result), 'rerunFailure', 'rerunError'),
    skipped: { '@message': text(`failed, ${excuse}: ${said}`, 1000) },
  };
}

function verdictElements(test: ReportedTest): Xml {
  if (isExcused(test)) return excusedElements(test);
  const { result } = test;
  const failed = failures(result);
  switch (result.status) {
    case 'failed': {
      const [first, ...again] = failed;
      if (!first)
        return { failure: { '@message': text(result.errorMessage ?? result.reason), '@type': 'other', '#text': text(result.reason) } };
      return {
        failure: { ...about(first), '#text': stackOf(first) },
        ...byKind(again, 'rerunFailure', 'rerunError'),
      };
    }
    case 'flaky':
    case 'healed':
    case 'passed':
      return byKind(failed, 'flakyFailure', 'flakyError');
    case 'skipped':
      return { skipped: { '@message': text(result.reason) } };
    case 'lost':
    case 'pending':
    case 'running':
      return { error: { '@message': text(result.reason), '@type': 'lost', '#text': text(result.errorMessage ?? result.reason) } };
  }
}

/** An assertion that did not hold is a failure; anything else that went wrong is an error, as Surefire tells them apart. */
function byKind(attempts: readonly Attempt[], failure: string, error: string): Xml {
  const kinds = Map.groupBy(attempts, (attempt) => (attempt.failure?.class === 'assertion' ? failure : error));
  return Object.fromEntries(
    [...kinds].map(([kind, of]) => [
      kind,
      of.map((attempt) => ({
        ...about(attempt),
        stackTrace: stackOf(attempt),
        ...(attempt.logs.length > 0 ? { 'system-out': text(attempt.logs.join('\n'), LONGEST_OUTPUT) } : {}),
      })),
    ]),
  );
}

function about(attempt: Attempt): Xml {
  return { '@message': text(attempt.failure?.message ?? attempt.reason ?? 'failed', 1000), '@type': attempt.failure?.class ?? 'other' };
}

function stackOf(attempt: Attempt): string {
  const { failure } = attempt;
  const values = [
    ...(failure?.expected !== undefined ? [`expected: ${failure.expected}`] : []),
    ...(failure?.actual !== undefined ? [`actual:   ${failure.actual}`] : []),
  ];
  return text(
    [`attempt ${attempt.attempt}, ${conditionsInWords(attempt.conditions)}`, ...values, failure?.stack ?? failure?.message ?? ''].join(
      '\n',
    ),
    LONGEST_STACK,
  );
}

function properties(values: Readonly<Record<string, string>>): Xml[] {
  return Object.entries(values).map(([name, value]) => ({ '@name': name, '@value': text(value) }));
}

/** Characters that XML 1.0 has no way to hold are dropped; the builder escapes the rest. */
function text(value: string, longest = 5000): string {
  return cut(plainText(value).replace(/[\uFFFE\uFFFF]/g, ''), longest);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
