import type { Count, DebugReport, Fix, Manifest, Quarantine, TestExecution, TestResult, TestStrategy } from '@testimony/contracts';
import type { PastResult } from '@testimony/execution';
import type { Backend } from '../backend';
import type { Project } from '../project/open-project';
import { withHealed } from '../report/with-healed';
import { count } from '../terminal/plain-text';
import type { RunAgain } from './execution-request';
import { MOST_FIXES, shownWith } from './find-execution';
import { healTests } from './heal-tests';
import { attemptsIn } from './past-attempts';

/** What is found out once every test has its verdict. */
export interface Aftermath {
  /** With the verdicts of tests that were healed and ran again. */
  readonly execution: TestExecution;
  /** With what the sources of its tests show of flakiness, where something did not pass. */
  readonly strategy: TestStrategy;
  readonly fixes: readonly Fix[];
  readonly debug?: DebugReport;
  readonly quarantined: readonly Quarantine[];
}

export interface AfterRun {
  readonly project: Project;
  readonly backend: Backend;
  readonly strategy: TestStrategy;
  readonly execution: TestExecution;
  readonly manifest?: Manifest;
  /** What the run was compared with. */
  readonly baseRevision?: string;
  readonly again: RunAgain;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** A run is not kept waiting longer than this by its healing; what is not proven by then stays a proposal. */
const HEALING_LIMIT_MS = 180_000;
/** The most flaky of one run; the others are healed by the runs that follow. */
const MOST_HEALED = 3;
/** Earlier runs that a failure is compared with. */
const RUNS_LOOKED_AT = 20;

/** Heals what is flaky (where the configuration allows), runs healed tests again, and explains what did not pass. */
export async function afterRun(given: AfterRun): Promise<Aftermath> {
  const { project, backend, execution } = given;
  const { general } = project.loaded.configuration;
  const { projectId } = project.location;
  const flaky = execution.results.filter(({ status }) => status === 'flaky');
  const troubled = troubledIn(execution);
  const run = troubled.length > 0 ? { ...given, strategy: await backend.planning.withPatterns(project.location, given.strategy) } : given;
  const wasHealed = general.enable_self_healing && troubled.length > 0;
  let shown = execution;
  let fixes: Fix[] = [];
  if (wasHealed) {
    const healing = await backend.healing();
    for (const fix of await healing.revertFailed(backend.healedProject, execution)) {
      run.tell(`${fix.file} is as it was before fix ${fix.id}: its test failed again the same way.`);
    }
    if (flaky.length > 0) fixes = await heal(run, flaky);
    shown = await runHealedAgain(run, fixes);
    // As they are by now: one that was applied may have been taken back since.
    const made = new Set(fixes.map(({ id }) => id));
    const all = await healing.fixes(projectId, MOST_FIXES);
    fixes = [...all.filter(({ id }) => made.has(id)), ...shownWith(execution, all).filter(({ id }) => !made.has(id))];
  }
  const debug = general.enable_auto_debug && troubled.length > 0 ? await explainTroubled(run, shown, fixes) : undefined;
  const failed = shown.results.some(({ status }) => status === 'failed');
  const quarantined = failed ? await (await backend.healing()).quarantined(projectId, new Date()) : [];
  return { execution: shown, strategy: run.strategy, fixes, ...(debug ? { debug } : {}), quarantined };
}

async function heal({ project, backend, strategy, execution, signal, tell }: AfterRun, flaky: readonly TestResult[]): Promise<Fix[]> {
  const { general } = project.loaded.configuration;
  const healing = await backend.healing();
  const rate = new Map(execution.results.map(({ testId, decision }) => [testId, decision?.flakiness?.rate ?? 0]));
  const chosen = flaky.toSorted((a, b) => (rate.get(b.testId) ?? 0) - (rate.get(a.testId) ?? 0)).slice(0, MOST_HEALED);
  tell(
    `Healing ${chosen.length === flaky.length ? '' : `${chosen.length} of `}${count(flaky.length, 'flaky test')} (--no-healing leaves this out) ...`,
  );
  const limit = AbortSignal.any([signal, AbortSignal.timeout(HEALING_LIMIT_MS)]);
  const only = new Set(chosen.map(({ testId }) => testId));
  try {
    return await healTests(healing, { project, backend, strategy, execution, only, apply: general.auto_apply_fixes, signal: limit, tell });
  } catch (error) {
    if (signal.aborted) throw error;
    // The verdicts stand without healing; what went wrong with it must not hide them.
    tell(
      `Healing ended early: ${limit.aborted ? `it took longer than ${HEALING_LIMIT_MS / 1000} s` : error instanceof Error ? error.message : String(error)}`,
    );
    return (await healing.fixes(project.location.projectId, MOST_FIXES)).filter(({ executionId }) => executionId === execution.id);
  }
}

/** Runs the tests of fixes that were applied again: only that makes them `healed`. What fails again the same way is reverted. */
export async function runHealedAgain(
  { backend, strategy, execution, again, tell }: Pick<AfterRun, 'backend' | 'strategy' | 'execution' | 'again' | 'tell'>,
  fixes: readonly Fix[],
): Promise<TestExecution> {
  const applied = fixes.filter(({ status }) => status === 'applied');
  if (applied.length === 0) return execution;
  const healedBy = Object.fromEntries(applied.map(({ testId, id }) => [testId, id]));
  tell(`Running ${applied.length === 1 ? 'the healed test' : `the ${applied.length} healed tests`} again ...`);
  const testCases = strategy.testCases.filter(({ id }) => healedBy[id] !== undefined).map((test) => ({ ...test, dependencies: [] }));
  const ids = testCases.map(({ id }) => id);
  const recheckId = await again({ ...strategy, testCases, executionOrder: ids, parallelizationGroups: [ids] }, healedBy);
  const healing = await backend.healing();
  const recheck = await backend.executions.get(recheckId);
  const rechecked: Fix[] = [];
  for (const { id } of applied) rechecked.push(await healing.rechecked(id, recheckId, execution.id));
  for (const fix of await healing.revertFailed(backend.healedProject, recheck)) {
    tell(`${fix.file} is as it was before fix ${fix.id}: its test failed again the same way.`);
  }
  return withHealed(execution, recheck, rechecked);
}

/** Results that need an explanation. */
export function troubledIn({ results }: TestExecution): TestResult[] {
  return results.filter(({ status }) => status === 'failed' || status === 'flaky' || status === 'lost');
}

/** Looks at every test that failed, was flaky or lost; runs nothing. */
export async function explainTroubled(
  { project, backend, strategy, manifest, baseRevision }: Pick<AfterRun, 'project' | 'backend' | 'strategy' | 'manifest' | 'baseRevision'>,
  execution: TestExecution,
  fixes: readonly Fix[],
): Promise<DebugReport> {
  const { projectId, root } = project.location;
  const ids = troubledIn(execution).map(({ testId }) => testId);
  const past = await backend.executions.history(projectId, ids, RUNS_LOOKED_AT);
  const debugging = await backend.debugging();
  return debugging.analyse({
    projectId,
    root,
    execution,
    strategy,
    ...(manifest ? { manifest } : {}),
    ...(baseRevision === undefined ? {} : { baseRevision }),
    history: new Map(
      [...past].map(([testId, results]) => [testId, historyOf(results.filter(({ executionId }) => executionId !== execution.id))]),
    ),
    fixes,
  });
}

function historyOf(results: readonly PastResult[]): {
  readonly lastPass?: { readonly commit: string | null; readonly at: Date };
  readonly before: Count;
} {
  const last = results.find(({ decision: { verdict } }) => verdict === 'passed' || verdict === 'flaky' || verdict === 'healed');
  return { ...(last ? { lastPass: { commit: last.commit, at: last.at } } : {}), before: attemptsIn(results) };
}

/** An execution of which healing and debugging know nothing more than its results, for reports of a run that was stopped. */
export function withoutAftermath(execution: TestExecution, strategy: TestStrategy): Aftermath {
  return { execution, strategy, fixes: [], quarantined: [] };
}
