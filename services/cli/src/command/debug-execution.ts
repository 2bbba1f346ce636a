import { EXIT } from '@testimony/contracts';
import type { Analysis, DebugReport, Fix, TestExecution } from '@testimony/contracts';
import type { Backend } from '../backend';
import { currentKnowledge } from '../project/knowledge';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { findStrategy } from '../project/strategies';
import { count, percent, plainText } from '../terminal/plain-text';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { Paint, World } from '../terminal/world';
import { explainTroubled, troubledIn } from './after-run';
import { findExecution, MOST_FIXES, storedDebugReport } from './find-execution';
import { healTests } from './heal-tests';
import type { CommonOptions } from './options';
import { withRunningSystem } from './running-system';
import { withHistory } from './with-history';

interface DebugOptions extends CommonOptions {
  readonly executionId?: string;
  readonly applyFix?: boolean;
}

/** What was asked, found out, and done. */
interface Debugged {
  readonly execution: TestExecution;
  readonly report: DebugReport;
  readonly applied: readonly Fix[];
}

/**
 * `e2e debug-execution`: why tests of an execution did not pass; with `--apply-fix` applies low-risk fixes that are proven.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function debugExecution(world: World, execution: string | undefined, options: DebugOptions): Promise<number> {
  const id = execution ?? options.executionId;
  const debugged = options.applyFix
    ? await withFixes(world, options, id)
    : await withHistory(world, options, async (project, backend) => ({ ...(await analysed(world, project, backend, id)), applied: [] }));
  const { report, applied } = debugged;
  if (options.json) sayData(world, { ...report, applied });
  else world.stdout.write(`${inWords(debugged, painter(wantsColour(world.environment, world.stdout))).join('\n')}\n`);
  return EXIT.passed;
}

async function analysed(world: World, project: Project, backend: Backend, id: string | undefined): Promise<Omit<Debugged, 'applied'>> {
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
  return withRunningSystem(world, project, options, async ({ backend, signal }) => {
    const { projectId } = project.location;
    const healing = await backend.healing();
    await healing.recover(backend.healedProject);
    const before = await analysed(world, project, backend, id);
    const applied: Fix[] = [];
    for (const { suggestions } of before.report.analyses) {
      const low = suggestions.find(({ fixId, risk }) => fixId !== undefined && risk === 'low');
      if (low?.fixId !== undefined && (await statusOf(backend, projectId, low.fixId)) === 'proven') {
        applied.push(await healing.apply(backend.healedProject, low.fixId, 'debug-execution --apply-fix'));
      }
    }
    const done = new Set(applied.map(({ testId }) => testId));
    const strategy = await findStrategy(backend.planning, project, world.cwd, before.execution.strategyId);
    const left = before.execution.results.filter(({ status, testId }) => status === 'flaky' && !done.has(testId));
    const only = new Set(left.map(({ testId }) => testId));
    const tell = (line: string): void => say(world, line);
    const { execution } = before;
    const fixes =
      only.size === 0 ? [] : await healTests(healing, { project, backend, strategy, execution, only, apply: true, signal, tell });
    return { ...before, applied: [...applied, ...fixes.filter(({ status }) => status === 'applied')] };
  });
}

async function statusOf(backend: Backend, projectId: string, fixId: string): Promise<Fix['status'] | undefined> {
  return (await (await backend.healing()).fixes(projectId, MOST_FIXES)).find(({ id }) => id === fixId)?.status;
}

function inWords({ execution, report, applied }: Debugged, paint: Paint): string[] {
  const lines: string[] = [];
  const shared = report.clusters.filter(({ testIds }) => testIds.length > 1);
  for (const { cause, testIds } of shared)
    lines.push(`${paint('bold', `One cause of ${testIds.length} failures`)}: ${plainText(cause)}`, '');
  const status = new Map(execution.results.map((result) => [result.testId, result.status]));
  for (const analysis of report.analyses) lines.push(...analysisLines(analysis, status.get(analysis.testId) ?? 'failed', paint), '');
  for (const fix of applied) lines.push(`Applied ${fix.id} to ${fix.file}: ${plainText(fix.title)}. Undo: e2e fix revert ${fix.id}`);
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
