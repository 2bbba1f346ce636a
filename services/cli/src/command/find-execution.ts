import { DomainError } from '@testimony/contracts';
import type { DebugReport, Fix, TestExecution } from '@testimony/contracts';
import type { Backend } from '../backend';
import type { Project } from '../project/open-project';
import { findStrategy } from '../project/strategies';
import { reportedTests } from '../report/run-report';
import type { ReportedTest, RunReport } from '../report/run-report';
import { withHealed } from '../report/with-healed';
import { plainText } from '../terminal/plain-text';
import type { World } from '../terminal/world';

/** The execution of that id, or the project's newest. Throws `execution-unknown` when there is none. */
export async function findExecution(backend: Backend, projectId: string, id: string | undefined): Promise<TestExecution> {
  const chosen = id ?? (await backend.executions.list(projectId, 1))[0]?.id;
  if (chosen === undefined) throw new DomainError('execution-unknown', 'This project has no execution yet: run "e2e autonomous-run".', 404);
  return backend.executions.get(chosen);
}

/** All that was kept of an execution, as it was reported when it ended. */
export async function storedReport(world: World, project: Project, backend: Backend, execution: TestExecution): Promise<RunReport> {
  const { projectId, name } = project.location;
  const healing = await backend.healing();
  await healing.reconcile(backend.healedProject);
  const fixes = shownWith(execution, await healing.fixes(projectId, MOST_FIXES));
  const debug = await storedDebugReport(backend, execution.id);
  const own = fixes.map((fix) => ({ ...fix, recheck: recheckOf(fix, execution.id) }));
  const rechecks = new Set(own.flatMap(({ recheck }) => recheck ?? []));
  let shown = execution;
  for (const id of rechecks) shown = withHealed(shown, await backend.executions.get(id), own);
  return {
    project: { id: projectId, name },
    strategy: await findStrategy(backend.planning, project, world.cwd, execution.strategyId),
    execution: shown,
    problems: [],
    ...(debug ? { debug } : {}),
    fixes,
    quarantined: await healing.quarantined(projectId, endOf(execution)),
    generatedAt: new Date().toISOString(),
  };
}

/**
 * Fixes that a report of the execution shows: what was made in it or taken up by it, and earlier ones of tests that did not pass, as long as these
 * may help or are in the file.
 */
export function shownWith(execution: TestExecution, fixes: readonly Fix[]): Fix[] {
  const troubled = new Set(
    execution.results.filter(({ status }) => status === 'failed' || status === 'flaky' || status === 'lost').map(({ testId }) => testId),
  );
  return fixes.filter(
    (fix) =>
      isUsedIn(fix, execution.id) ||
      (troubled.has(fix.testId) && isOlder(fix.id, execution.id) && (fix.status === 'proven' || fix.status === 'applied')),
  );
}

/** Whether the fix was made in this execution, or taken up by it. */
export function isUsedIn({ executionId, usedIn }: Fix, id: string): boolean {
  return executionId === id || usedIn?.some((use) => use.executionId === id) === true;
}

/** Whether the first was made before the second: after their prefix, ids begin with the time. */
function isOlder(id: string, than: string): boolean {
  const timeOf = (one: string): string => one.slice(one.indexOf('_') + 1);
  return timeOf(id) < timeOf(than);
}

/** The execution in which the test ran again with the fix, after it was flaky in this one. */
function recheckOf({ executionId, recheck, usedIn }: Fix, of: string): string | undefined {
  const own = usedIn?.find((use) => use.executionId === of)?.recheck;
  // Older versions noted only the newest, which was that of the execution it was made in.
  return own ?? (executionId === of && !usedIn?.some((use) => use.recheck === recheck) ? recheck : undefined);
}

/** When its last test was decided: what was put into quarantine later excuses nothing in it. */
function endOf({ results }: TestExecution): Date {
  const ends = results.flatMap(({ completedAt }) => (completedAt === null ? [] : [Date.parse(completedAt)]));
  return ends.length > 0 ? new Date(Math.max(...ends)) : new Date();
}

/** What debugging kept of an execution; undefined when it did not look at it. */
export async function storedDebugReport(backend: Backend, executionId: string): Promise<DebugReport | undefined> {
  try {
    return await (await backend.debugging()).report(executionId);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'analysis-unknown') return undefined;
    throw error;
  }
}

/** Of a project, the newest; older ones belong to executions that nobody looks at any more. */
export const MOST_FIXES = 500;
const MOST_NAMED = 8;

/** The test that a person means by an id, a name, a file or a part of one. Throws `test-unknown` or `test-ambiguous`. */
export function findTest(report: RunReport, text: string): ReportedTest {
  const tests = reportedTests(report);
  const names = ({ result, name, file, service }: ReportedTest): string[] => [result.testId, name, file, `${service} › ${name}`];
  const wanted = text.toLowerCase();
  const exact = tests.filter((test) => names(test).some((one) => one.toLowerCase() === wanted));
  const found = exact.length > 0 ? exact : tests.filter((test) => names(test).some((one) => one.toLowerCase().includes(wanted)));
  const [only] = found;
  if (!only) {
    throw new DomainError('test-unknown', `Execution ${report.execution.id} has no test whose name, file or id contains "${text}".`, 404);
  }
  if (found.length > 1) {
    const list = found.slice(0, MOST_NAMED).map(({ service, name }) => `"${plainText(`${service} › ${name}`)}"`);
    const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
    throw new DomainError('test-ambiguous', `"${text}" could be ${list.join(', ')}${more}: say more of its name, or its id.`);
  }
  return only;
}
