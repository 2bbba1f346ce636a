import { systemWasAway } from '@testimony/contracts';
import type {
  Analysis,
  Attempt,
  DebugReport,
  ExecutionStatus,
  Fix,
  Quarantine,
  TestCase,
  TestExecution,
  TestResult,
  TestStrategy,
} from '@testimony/contracts';
import { conclusionOf } from './conclusion';
import { testNames } from './test-names';

/** Everything a report is made of. Reports are pure functions of this. */
export interface RunReport {
  readonly project: { readonly id: string; readonly name: string };
  readonly strategy: TestStrategy;
  readonly execution: TestExecution;
  /** What could not be planned, one sentence each. */
  readonly problems: readonly string[];
  /** What debugging found of the tests that did not pass. */
  readonly debug?: DebugReport;
  /** Fixes that healing made for tests of this execution. */
  readonly fixes: readonly Fix[];
  /** Tests whose failure does not fail the run for now. */
  readonly quarantined: readonly Quarantine[];
  readonly generatedAt: string;
}

/** What the run comes to with failures of tests in quarantine left out, and the ids of these tests. */
export function concluded({ execution, quarantined }: Pick<RunReport, 'execution' | 'quarantined'>): {
  readonly status: ExecutionStatus;
  readonly quarantinedFailing: readonly string[];
} {
  const { status, excused } = conclusionOf(execution, new Set(quarantined.map(({ testId }) => testId)));
  return { status, quarantinedFailing: excused.map(({ testId }) => testId) };
}

/** Whether the test failed and is in quarantine: it is told apart from those that make the run red. */
export function isExcused({ result, quarantine }: ReportedTest): boolean {
  return result.status === 'failed' && quarantine !== undefined;
}

/** One test of the execution with what the plan knew of it. */
export interface ReportedTest {
  readonly result: TestResult;
  /** Undefined when the strategy no longer names it. */
  readonly plan: TestCase | undefined;
  readonly name: string;
  readonly service: string;
  readonly file: string;
  readonly analysis: Analysis | undefined;
  readonly fixes: readonly Fix[];
  readonly quarantine: Quarantine | undefined;
}

/** Red first (what makes the run so before what is in quarantine), then what is not certain, then the rest: the order in which a person should read. */
const WORST_FIRST = ['failed', 'lost', 'flaky', 'healed', 'running', 'pending', 'skipped', 'passed'] as const;

/** The tests of the report, the most urgent first; within one status in the plan's order. */
export function reportedTests(report: RunReport): ReportedTest[] {
  const plans = new Map(report.strategy.testCases.map((plan) => [plan.id, plan]));
  const names = testNames(report.strategy.testCases);
  const analyses = new Map(report.debug?.analyses.map((analysis) => [analysis.testId, analysis]));
  const fixes = Map.groupBy(report.fixes, ({ testId }) => testId);
  const quarantined = new Map(report.quarantined.map((entry) => [entry.testId, entry]));
  const rank = new Map(report.strategy.executionOrder.map((id, index) => [id, index]));
  return report.execution.results
    .map((result): ReportedTest => {
      const plan = plans.get(result.testId);
      return {
        result,
        plan,
        name: names.get(result.testId) ?? result.testId,
        service: plan?.service ?? 'unknown',
        file: plan?.module ?? '',
        analysis: analyses.get(result.testId),
        fixes: fixes.get(result.testId) ?? [],
        quarantine: quarantined.get(result.testId),
      };
    })
    .toSorted(
      (a, b) =>
        WORST_FIRST.indexOf(a.result.status) - WORST_FIRST.indexOf(b.result.status) ||
        Number(isExcused(a)) - Number(isExcused(b)) ||
        (rank.get(a.result.testId) ?? Infinity) - (rank.get(b.result.testId) ?? Infinity),
    );
}

/** A proof holds as long as the texts are the same: a later run takes it up instead of making it again, and says where it is from. */
export function madeEarlier({ executionId }: Fix, shownIn: string): string {
  return executionId === undefined || executionId === shownIn ? '' : `; made in execution ${executionId}`;
}

/** Attempts that gave an answer about the test, and how many of them failed: what a flake's rate is made of. */
export function answers(result: TestResult): { readonly runs: number; readonly failed: number } {
  const failed = failures(result).length;
  return { runs: failed + result.attempts.filter((attempt) => attempt.outcome === 'passed' && !onBase(attempt)).length, failed };
}

/** Attempts that failed and say something about the test: one that met no system under test does not, nor one against the base. */
export function failures(result: TestResult): Attempt[] {
  return result.attempts.filter((attempt) => attempt.outcome === 'failed' && !systemWasAway(attempt) && !onBase(attempt));
}

function onBase({ conditions }: Attempt): boolean {
  return conditions.revision === 'base';
}

/** The first attempt that failed, whose cause is the one to read. */
export function firstFailure(result: TestResult): Attempt | undefined {
  return failures(result)[0];
}

/** Addresses at which an attempt met no system under test, with how many decided tests had to wait for it there. */
export function absences(report: RunReport): Map<string, number> {
  const tests = new Map<string, number>();
  for (const { status, attempts } of report.execution.results) {
    if (status === 'lost') continue; // Told with its reason.
    const urls = new Set(attempts.filter(systemWasAway).flatMap(({ failure }) => failure?.probe?.url ?? []));
    for (const url of urls) tests.set(url, (tests.get(url) ?? 0) + 1);
  }
  return tests;
}

/** From the first attempt's start to the last one's end, in milliseconds; 0 when nothing ran. */
export function wallMs(execution: TestExecution): number {
  let first = Infinity;
  let last = 0;
  for (const { attempts } of execution.results) {
    for (const attempt of attempts) {
      const start = Date.parse(attempt.startedAt);
      first = Math.min(first, start);
      last = Math.max(last, start + attempt.durationMs);
    }
  }
  return last > 0 ? last - first : 0;
}

export const STATUS_WORDS: Readonly<Record<ExecutionStatus, string>> = {
  running: 'Not ended',
  passed: 'Passed',
  failed: 'Failed',
  lost: 'Not judged: something was lost',
  empty: 'No test ran',
  cancelled: 'Cancelled',
};
