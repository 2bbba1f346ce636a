import { cut, count, firstLine, plainText } from '../terminal/plain-text';
import { answers, concluded, firstFailure, isExcused, reportedTests, STATUS_WORDS } from './run-report';
import type { ReportedTest, RunReport } from './run-report';

/** GitHub keeps ten annotations of a kind and step and drops the rest without a word: nine, and one that counts the others. */
const MOST_ANNOTATIONS = 9;
/** GitHub refuses a job summary over 1 MiB. */
const LARGEST_SUMMARY = 900_000;

/** Workflow commands for what a reviewer must see: errors for red and lost tests, warnings for flaky ones and failures in quarantine. */
export function githubAnnotations(report: RunReport): string[] {
  const tests = reportedTests(report);
  const red = tests.filter((test) => (test.result.status === 'failed' && !isExcused(test)) || test.result.status === 'lost');
  const warned = tests.filter((test) => test.result.status === 'flaky' || isExcused(test));
  return [...ranked('error', 'red test', red), ...ranked('warning', 'flaky or quarantined test', warned)];
}

function ranked(level: 'error' | 'warning', kind: string, tests: readonly ReportedTest[]): string[] {
  const shown = tests.slice(0, MOST_ANNOTATIONS).map((test) => annotation(level, test));
  const rest = tests.length - shown.length;
  return rest > 0
    ? [...shown, `::${level} title=${property(`${rest} more`)}::${data(`and ${count(rest, kind)} more: see the report`)}`]
    : shown;
}

function annotation(level: string, test: ReportedTest): string {
  const failure = firstFailure(test.result)?.failure;
  const file = failure?.file ?? test.file;
  const line = failure?.line ?? test.plan?.metadata.line;
  const { runs, failed } = answers(test.result);
  const rate = test.result.status === 'flaky' ? ` (failed ${failed} of ${runs})` : '';
  const place = file ? `file=${property(file)},${line ? `line=${line},` : ''}` : '';
  const said = firstLine(failure?.message ?? test.result.errorMessage ?? test.result.reason, 500);
  return `::${level} ${place}title=${property(`${statusOf(test)}: ${test.service} › ${test.name}${rate}`)}::${data(`${said}\n${plainText(test.result.reason)}`)}`;
}

function statusOf(test: ReportedTest): string {
  return isExcused(test) ? `${test.result.status}, in quarantine` : test.result.status;
}

/** The job summary in Markdown. */
export function githubSummary(report: RunReport): string {
  const { execution } = report;
  const { summary } = execution;
  const { status, quarantinedFailing } = concluded(report);
  const excused = quarantinedFailing.length;
  const apart = excused > 0 ? `; quarantined: ${excused} failing` : '';
  const head = [
    `## ${STATUS_WORDS[status]}: ${cell(report.project.name)}`,
    '',
    `${count(summary.total, 'test')}: ${summary.passed} passed, ${summary.failed - excused} failed, ${summary.flaky} flaky, ${summary.healed} healed, ${summary.skipped} skipped, ${summary.lost} lost${apart}`,
    '',
  ];
  const told = reportedTests(report).filter(({ result }) => !['passed', 'skipped'].includes(result.status));
  if (told.length === 0) return head.join('\n');
  const rows = ['| verdict | test | cause | why |', '| --- | --- | --- | --- |'];
  let size = head.join('\n').length;
  for (const [index, test] of told.entries()) {
    const cause = firstFailure(test.result)?.failure?.message ?? test.result.errorMessage ?? '';
    const row = `| ${statusOf(test)} | ${cell(`${test.service} › ${test.name}`)} | ${cell(cause)} | ${cell(test.result.reason)} |`;
    size += Buffer.byteLength(row) + 1;
    if (size > LARGEST_SUMMARY) {
      rows.push(`| | and ${told.length - index} more | | |`);
      break;
    }
    rows.push(row);
  }
  return [...head, ...rows, ''].join('\n');
}

/** Escapes of the workflow command format: without them a test's output could start a command of its own. */
function data(text: string): string {
  return plainText(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function cell(text: string): string {
  return cut(plainText(text).replace(/\s+/g, ' '), 300).replace(/[\\`*_{}[\]<>|#~]/g, (character) => `&#${character.charCodeAt(0)};`);
}
