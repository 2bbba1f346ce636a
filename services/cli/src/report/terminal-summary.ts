import type { Fix } from '@testimony/contracts';
import type { Paint, Style } from '../terminal/world';
import { count, duration, firstLine, percent, plainText } from '../terminal/plain-text';
import { absences, answers, concluded, firstFailure, isExcused, madeEarlier, reportedTests, STATUS_WORDS, wallMs } from './run-report';
import type { ReportedTest, RunReport } from './run-report';

export interface SummaryOptions {
  readonly paint: Paint;
  /** Where the HTML page is, if it was written. */
  readonly htmlFile?: string;
  /** Lines of the plan that a person should know of. */
  readonly showProblems?: boolean;
  /** Whether a flaky test makes the exit code 1, which must then be said. */
  readonly failOnFlaky?: boolean;
}

/** A run of 5,000 red tests must still end in a summary that can be read. */
const MOST_NAMED = 50;

/** What a person reads at the end: every red test with its first cause, flaky ones with their numbers, lost ones with the reason. */
export function terminalSummary(report: RunReport, options: SummaryOptions): string {
  const { paint } = options;
  const tests = reportedTests(report);
  const having = (...statuses: string[]): ReportedTest[] => tests.filter(({ result }) => statuses.includes(result.status));
  const lines: string[] = [
    ...section(
      having('failed').filter((test) => !isExcused(test)),
      'FAILED',
      'red',
      paint,
      failedLines,
    ),
    ...byReason(having('lost'), 'LOST', paint, ({ result }) => plainText(result.reason)),
    ...byReason(having('pending', 'running'), 'UNDECIDED', paint, () => 'the execution has not ended'),
    ...section(having('flaky'), 'FLAKY', 'yellow', paint, (test) => flakyLines(test, report)),
    ...section(having('healed'), 'HEALED', 'cyan', paint, (test) => healedLines(test, report)),
    ...section(tests.filter(isExcused), 'QUARANTINED', 'yellow', paint, quarantinedLines),
  ];
  if (options.showProblems !== false && report.problems.length > 0) {
    lines.push(
      paint('yellow', `${count(report.problems.length, 'file')} could not be planned:`),
      ...report.problems.map((problem) => `  ${plainText(problem)}`),
      '',
    );
  }
  lines.push(...clusterLines(report, paint));
  for (const [url, tests] of absences(report)) {
    // A system that crashed and came back leaves green tests behind: the crash must not be silent.
    lines.push(
      `${paint(['bold', 'yellow'], 'AWAY')}    the system under test at ${plainText(url)} did not answer for a while; ${count(tests, 'test')} waited for it and ran again`,
      '',
    );
  }
  lines.push(...conclusion(report, paint));
  if (options.failOnFlaky && concluded(report).status === 'passed' && report.execution.summary.flaky > 0) {
    lines.push(paint('red', 'Exit code 1: a flaky test ends the run so, because of --fail-on-flaky.'));
  }
  if (options.htmlFile) lines.push(`${paint('dim', 'Report')}  ${options.htmlFile}`);
  const next = nextCommand(report);
  if (next) lines.push(`${paint('dim', 'Next')}    ${next}`);
  return lines.join('\n');
}

function section(
  tests: readonly ReportedTest[],
  word: string,
  style: Style,
  paint: Paint,
  details: (test: ReportedTest) => string[],
): string[] {
  const lines = tests
    .slice(0, MOST_NAMED)
    .flatMap((test) => [
      `${paint(['bold', style], word.padEnd(6))}  ${paint('bold', title(test))}${test.plan ? paint('dim', `  ${test.plan.priority}`) : ''}`,
      ...details(test).map((line) => `        ${line}`),
      '',
    ]);
  if (tests.length > MOST_NAMED) lines.push(`        and ${tests.length - MOST_NAMED} more ${word.toLowerCase()}: see the report`, '');
  return lines;
}

/** Of one reason; the reason is what a person needs. */
const MOST_OF_ONE_REASON = 10;

/** A machine that is lost takes many tests with it: its reason stands once, with the tests below it. */
function byReason(tests: readonly ReportedTest[], word: string, paint: Paint, reasonOf: (test: ReportedTest) => string): string[] {
  const groups = [...Map.groupBy(tests, reasonOf)].toSorted(([, a], [, b]) => b.length - a.length);
  const lines = groups
    .slice(0, MOST_NAMED)
    .flatMap(([reason, group]) => [
      `${paint(['bold', 'magenta'], word)}    ${paint('bold', count(group.length, 'test'))}: ${reason}`,
      ...group.slice(0, MOST_OF_ONE_REASON).map((test) => `        ${title(test)}`),
      ...(group.length > MOST_OF_ONE_REASON ? [`        and ${group.length - MOST_OF_ONE_REASON} more: see the report`] : []),
      '',
    ]);
  if (groups.length > MOST_NAMED) lines.push(`        and ${groups.length - MOST_NAMED} more reasons: see the report`, '');
  return lines;
}

function failedLines(test: ReportedTest): string[] {
  const { result } = test;
  const failure = firstFailure(result)?.failure;
  const { runs, failed } = answers(result);
  const place = failure?.file ? `${plainText(failure.file)}${failure.line ? `:${failure.line}` : ''}` : test.file;
  return [
    firstLine(failure?.message ?? result.errorMessage ?? result.reason),
    `${place}  ${failure ? `${classOf(test, failure.class)}, ` : ''}failed ${failed} of ${count(runs, 'attempt')}${labelWords(test)}`,
    ...causeLines(test),
  ];
}

/** It failed like any other; who looks after it, and until when it is excused, comes first. */
function quarantinedLines(test: ReportedTest): string[] {
  const { quarantine } = test;
  const excuse = quarantine
    ? [
        `does not fail the run: owner ${plainText(quarantine.owner)}, expires ${quarantine.until.slice(0, 10)}: ${firstLine(quarantine.reason)}`,
      ]
    : [];
  return [...excuse, ...failedLines(test)];
}

function classOf({ analysis }: ReportedTest, fallback: string): string {
  return analysis ? `${analysis.classification.class} (${percent(analysis.classification.probability)})` : fallback;
}

function labelWords({ result: { decision } }: ReportedTest): string {
  if (!decision) return '';
  const base = decision.base ? `, ${decision.base.failed} of ${count(decision.base.runs, 'attempt')} on the base` : '';
  return `${base}${decision.label ? `: ${decision.intermittent ? 'intermittently ' : ''}${decision.label}` : ''}`;
}

/** One that is mostly not it would send people the wrong way. */
const LEAST_TOLD = 0.15;
const MOST_CAUSES = 2;

function causeLines({ analysis }: ReportedTest): string[] {
  if (!analysis) return [];
  const told = analysis.causes.filter(({ kind, probability }) => kind !== 'unknown' && probability >= LEAST_TOLD).slice(0, MOST_CAUSES);
  const causes = told.map(({ probability, summary }) => `cause ${percent(probability)}: ${firstLine(summary, 300)}`);
  const more = analysis.moreInformationNeeded;
  return more ? [...causes, `more information needed: ${firstLine(more.experiment, 300)}`] : causes;
}

/** What one cause did to several tests is said once. */
function clusterLines({ debug }: RunReport, paint: Paint): string[] {
  const shared = (debug?.clusters ?? []).filter(({ testIds }) => testIds.length > 1).slice(0, MOST_NAMED);
  return shared.flatMap(({ cause, testIds }) => [
    `${paint('bold', 'ONE CAUSE')} of ${testIds.length} failures: ${firstLine(cause, 300)}`,
    '',
  ]);
}

function flakyLines({ result, fixes, plan }: ReportedTest, report: RunReport): string[] {
  const said = firstLine(firstFailure(result)?.failure?.message ?? '');
  const patterns = (plan?.metadata.prior?.patterns ?? [])
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, MOST_CAUSES)
    .map(({ pattern, line }) => `${pattern.replaceAll('_', ' ')} at line ${line}`);
  return [
    ...(said === '' ? [] : [said]),
    plainText(result.reason),
    ...(patterns.length > 0 ? [`what the source shows: ${patterns.join(', ')}`] : []),
    ...fixes.slice(0, 1).map((fix) => `${fixLine(fix)}${madeEarlier(fix, report.execution.id)}`),
  ];
}

function healedLines({ result, fixes }: ReportedTest, report: RunReport): string[] {
  const fix = fixes.find(({ id }) => id === result.healingApplied) ?? fixes[0];
  if (!fix) return [plainText(result.reason)];
  return [
    `${plainText(fix.title)} (${fix.pattern.replaceAll('_', ' ')}, ${plainText(fix.file)}); ${fix.undone ? `undone since: ${plainText(fix.undone.reason)}` : `undo: e2e fix revert ${fix.id}`}${madeEarlier(fix, report.execution.id)}`,
    ...fix.guards.map(({ guard, evidence }) => `${guard.replaceAll('_', ' ')}: ${firstLine(evidence, 200)}`),
  ];
}

function fixLine(fix: Fix): string {
  const last = fix.guards.at(-1);
  switch (fix.status) {
    case 'proven':
      return `fix ${fix.id} is proven (${percent(fix.confidence)}): ${plainText(fix.title)}. Apply it: e2e fix apply ${fix.id}`;
    case 'rejected':
      return `a fix was tried and rejected by "${last?.guard.replaceAll('_', ' ') ?? ''}": ${firstLine(last?.evidence ?? '', 200)}`;
    case 'proposed':
      return `fix ${fix.id} is proposed, not proven: ${plainText(fix.title)}. See it: e2e fix show ${fix.id}`;
    case 'applied':
    case 'reverted':
      return `fix ${fix.id} was ${fix.status}: ${plainText(fix.title)}`;
  }
}

function title(test: ReportedTest): string {
  return plainText(`${test.service} › ${test.name}`).replace(/\s+/g, ' ');
}

function conclusion(report: RunReport, paint: Paint): string[] {
  const { execution } = report;
  const { summary } = execution;
  const { status, quarantinedFailing } = concluded(report);
  const excused = quarantinedFailing.length;
  const style: Style = status === 'passed' ? 'green' : status === 'failed' ? 'red' : 'magenta';
  const shown = { ...summary, failed: summary.failed - excused };
  const parts = (
    [
      ['passed', 'green'],
      ['failed', 'red'],
      ['flaky', 'yellow'],
      ['healed', 'cyan'],
      ['skipped', 'dim'],
      ['lost', 'magenta'],
    ] as const
  ).flatMap(([verdict, colour]) => (shown[verdict] > 0 ? [paint(colour, `${shown[verdict]} ${verdict}`)] : []));
  const apart = excused > 0 ? paint('yellow', `; quarantined: ${excused} failing`) : '';
  const ran = wallMs(execution);
  return [
    `${paint(['bold', style], STATUS_WORDS[status])}  ${count(summary.total, 'test')}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}${apart}${ran > 0 ? paint('dim', `  in ${duration(ran)}`) : ''}`,
  ];
}

function nextCommand(report: RunReport): string | undefined {
  const { execution, strategy } = report;
  switch (concluded(report).status) {
    case 'running':
      return `e2e autonomous-run --resume ${execution.id}`;
    case 'cancelled':
    case 'failed':
    case 'lost':
      return `e2e autonomous-run -s ${strategy.id}    (the same plan again)`;
    case 'passed':
    case 'empty':
      return undefined;
  }
}
