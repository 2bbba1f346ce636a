import { DomainError, EXIT } from '@testimony/contracts';
import { headOf } from '@testimony/code-analysis';
import type { Analysis, DebugReport, Fix, TestExecution, TestResult } from '@testimony/contracts';
import type { Backend } from '../backend';
import { currentKnowledge } from '../project/knowledge';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { findStrategy } from '../project/strategies';
import { count, percent, plainText } from '../terminal/plain-text';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { Paint, World } from '../terminal/world';
import { explainTroubled, runHealedAgain, troubledIn } from './after-run';
import { runAgain } from './execution-request';
import { findExecution, isUsedIn, MOST_FIXES, storedDebugReport } from './find-execution';
import { healTests } from './heal-tests';
import type { CommonOptions } from './options';
import { withRunningSystem } from './running-system';
import { withHistory } from './with-history';

interface DebugOptions extends CommonOptions {
  readonly executionId?: string;
  readonly applyFix?: boolean;
}

/** A test that ran again with the fix that was applied to it. */
interface Rechecked {
  readonly testId: string;
  readonly testName: string;
  readonly fixId: string;
  /** The execution in which it ran. */
  readonly executionId: string;
  /** `healed` only when it passed. */
  readonly verdict: TestResult['status'];
  readonly reason: string;
}

/** What was asked, found out, and done. */
interface Debugged {
  readonly execution: TestExecution;
  readonly report: DebugReport;
  /** With what became of them when their tests ran again. */
  readonly applied: readonly Fix[];
  readonly rechecked: readonly Rechecked[];
}

/**
 * `e2e debug-execution`: why tests of an execution did not pass; with `--apply-fix` applies low-risk fixes that are proven.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function debugExecution(world: World, execution: string | undefined, options: DebugOptions): Promise<number> {
  const id = execution ?? options.executionId;
  const debugged = options.applyFix
    ? await withFixes(world, options, id)
    : await withHistory(world, options, async (project, backend) => ({
        ...(await analysed(world, project, backend, id)),
        applied: [],
        rechecked: [],
      }));
  const { report, applied, rechecked } = debugged;
  if (options.json) sayData(world, { ...report, applied, rechecked });
  else world.stdout.write(`${inWords(debugged, painter(wantsColour(world.environment, world.stdout))).join('\n')}\n`);
  return EXIT.passed;
}

async function analysed(
  world: World,
  project: Project,
  backend: Backend,
  id: string | undefined,
): Promise<Omit<Debugged, 'applied' | 'rechecked'>> {
  const { projectId } = project.location;
  const execution = await findExecution(backend, projectId, id);
  const stored = await storedDebugReport(backend, execution.id);
  // What was found when the run ended knew what it was compared with.
  if (stored) return { execution, report: stored };
  const strategy = await findStrategy(backend.planning, project, world.cwd, execution.strategyId);
  const { manifest } = await currentKnowledge(backend.planning, project);
  if (troubledIn(execution).length === 0) return { execution, report: { executionId: execution.id, analyses: [], clusters: [] } };
  const read = await backend.planning.withPatterns(project.location, strategy);
  return { execution, report: await explainTroubled({ project, backend, strategy: read, manifest }, execution, []) };
}

/** Heals what is flaky through all guards, and applies what is proven with little risk. */
async function withFixes(world: World, options: DebugOptions, id: string | undefined): Promise<Debugged> {
  const project = await openProject(world, options);
  return withRunningSystem(world, project, options, async ({ backend, base, signal }) => {
    const { projectId } = project.location;
    const healing = await backend.healing();
    await healing.recover(backend.healedProject);
    await healing.reconcile(backend.healedProject);
    const before = await analysed(world, project, backend, id);
    const applied: Fix[] = [];
    for (const { suggestions } of before.report.analyses) {
      const low = suggestions.find(({ fixId, risk }) => fixId !== undefined && risk === 'low');
      if (low?.fixId !== undefined && (await statusOf(backend, projectId, low.fixId)) === 'proven') {
        try {
          applied.push(await healing.apply(backend.healedProject, low.fixId, 'debug-execution --apply-fix'));
        } catch (error) {
          // One file that may not be changed keeps no other fix from being applied, nor its test from running again.
          if (!(error instanceof DomainError)) throw error;
          say(world, plainText(error.message));
        }
      }
    }
    const done = new Set([...applied, ...(await standingFixes(backend, before.execution))].map(({ testId }) => testId));
    const strategy = await findStrategy(backend.planning, project, world.cwd, before.execution.strategyId);
    const left = before.execution.results.filter(({ status, testId }) => status === 'flaky' && !done.has(testId));
    const only = new Set(left.map(({ testId }) => testId));
    const tell = (line: string): void => say(world, line);
    const { execution } = before;
    const fixes =
      only.size === 0 ? [] : await healTests(healing, { project, backend, strategy, execution, only, apply: true, signal, tell });
    applied.push(...fixes.filter(({ status }) => status === 'applied'));
    if (signal.aborted) return { ...before, applied, rechecked: [] };
    const compared = { base: Object.keys(base.services).length > 0, revision: await headOf(project.location.root) };
    const again = runAgain(world, project, backend, compared);
    await runHealedAgain({ backend, strategy, execution, again, tell }, applied);
    const ids = new Set(applied.map(({ id: one }) => one));
    const now = (await healing.fixes(projectId, MOST_FIXES)).filter(({ id: one }) => ids.has(one));
    const rechecked: Rechecked[] = [];
    for (const fix of now) rechecked.push(...(await recheckOf(backend, fix)));
    return { ...before, applied: now, rechecked };
  });
}

/** Fixes that were applied to the tests of this execution when it ended, and still stand: what it found flaky, they have healed since. */
async function standingFixes(backend: Backend, execution: TestExecution): Promise<Fix[]> {
  const fixes = await (await backend.healing()).fixes(backend.healedProject.projectId, MOST_FIXES);
  return fixes.filter((fix) => fix.status === 'applied' && isUsedIn(fix, execution.id));
}

async function recheckOf(backend: Backend, { id: fixId, testId, testName, recheck }: Fix): Promise<Rechecked[]> {
  if (recheck === undefined) return [];
  const result = (await backend.executions.get(recheck)).results.find((one) => one.testId === testId);
  return result ? [{ testId, testName, fixId, executionId: recheck, verdict: result.status, reason: result.reason }] : [];
}

async function statusOf(backend: Backend, projectId: string, fixId: string): Promise<Fix['status'] | undefined> {
  return (await (await backend.healing()).fixes(projectId, MOST_FIXES)).find(({ id }) => id === fixId)?.status;
}

function inWords({ execution, report, applied, rechecked }: Debugged, paint: Paint): string[] {
  const lines: string[] = [];
  const shared = report.clusters.filter(({ testIds }) => testIds.length > 1);
  for (const { cause, testIds } of shared)
    lines.push(`${paint('bold', `One cause of ${testIds.length} failures`)}: ${plainText(cause)}`, '');
  const status = new Map(execution.results.map((result) => [result.testId, result.status]));
  for (const analysis of report.analyses) lines.push(...analysisLines(analysis, status.get(analysis.testId) ?? 'failed', paint), '');
  for (const fix of applied) {
    lines.push(
      fix.status === 'applied'
        ? `Applied ${fix.id} to ${fix.file}: ${plainText(fix.title)}. Undo: e2e fix revert ${fix.id}`
        : `Applied ${fix.id} to ${fix.file}, and took it back: ${plainText(fix.undone?.reason ?? '')}`,
    );
  }
  for (const { testName, verdict, reason, executionId } of rechecked) {
    const style = verdict === 'healed' ? 'cyan' : verdict === 'failed' ? 'red' : 'yellow';
    lines.push(`${plainText(testName)} ran again in execution ${executionId}: ${paint(style, verdict)}, ${plainText(reason)}`);
  }
  lines.push(
    report.analyses.length === 0
      ? `Execution ${report.executionId} has nothing to explain: no test failed, was flaky or lost.`
      : `Execution ${report.executionId}: ${count(report.analyses.length, 'test')} explained. One of them whole: e2e explain TEST`,
  );
  return lines;
}

function analysisLines(analysis: Analysis, status: string, paint: Paint): string[] {
  const { classification, causes, moreInformationNeeded, suggestions } = analysis;
  return [
    `${paint('bold', plainText(analysis.testName))}  ${paint(status === 'flaky' ? 'yellow' : 'red', status)}, ${classification.class} (${percent(classification.probability)})`,
    `  ${plainText(analysis.message)}`,
    ...causes.slice(0, MOST_CAUSES).map(({ probability, summary }) => `  ${percent(probability).padStart(5)}  ${plainText(summary)}`),
    ...(moreInformationNeeded
      ? [`  More information needed: ${plainText(moreInformationNeeded.why)} ${plainText(moreInformationNeeded.experiment)}`]
      : []),
    ...suggestions.slice(0, MOST_CAUSES).map(({ text, risk }) => `  ${paint('dim', `-> ${plainText(text)} (${risk} risk)`)}`),
  ];
}

const MOST_CAUSES = 3;
