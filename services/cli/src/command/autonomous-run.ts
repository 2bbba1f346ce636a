import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { headOf } from '@testimony/code-analysis';
import { DomainError, EXIT } from '@testimony/contracts';
import type { Manifest, ServiceSettings, TestExecution, TestStrategy } from '@testimony/contracts';
import type { Executions } from '@testimony/execution';
import type { Backend } from '../backend';
import { plainValue } from '../configuration/settings';
import type { SettingValues } from '../configuration/settings';
import { requireReady } from '../lifecycle/services-under-test';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { removeOldRuns } from '../project/retention';
import { findStrategy, strategiesFolder, writeLatestExecution, writeStrategy } from '../project/strategies';
import { defaultReporters, parseReporters } from '../report/reporters';
import type { ChosenReporter } from '../report/reporters';
import { concluded } from '../report/run-report';
import type { RunReport } from '../report/run-report';
import { terminalSummary } from '../report/terminal-summary';
import { report, writeStandardReports } from '../report/write-reports';
import type { ReportFiles } from '../report/write-reports';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { Paint, World } from '../terminal/world';
import { afterRun, withoutAftermath } from './after-run';
import { requestOf, runAgain } from './execution-request';
import { exitCodeOf } from './exit-code';
import { changedByHand } from './fix';
import { follow } from './follow';
import type { CommonOptions } from './options';
import { describePlan, plan } from './plan-strategy';
import { withSystem } from './running-system';
import type { RunningSystem } from './running-system';
import { selectTests } from './select-tests';
import { planningNeedsServices } from './start-for-planning';
import { readTargets, requireBaseUrls, secretsOfTargets, servicesWithTargets } from './targets';

export interface RunOptions extends CommonOptions {
  readonly strategyId?: string;
  readonly services?: readonly string[];
  readonly parallel?: string;
  /** False with `--no-healing`. */
  readonly healing?: boolean;
  readonly enableSelfHealing?: boolean;
  readonly autoFix?: boolean;
  readonly resume?: string | true;
  readonly failOnFlaky?: boolean;
  readonly grep?: string;
  readonly maxFailures?: string;
  readonly reporter?: readonly string[];
  readonly targetsFrom?: string;
}

/** What a run came to; what `e2e demo` tells about. */
export interface RunOutcome {
  readonly exitCode: number;
  readonly execution: TestExecution;
  readonly files: ReportFiles;
}

/**
 * `e2e autonomous-run`: plan (when no strategy is given), execute, decide, report.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function autonomousRun(world: World, options: RunOptions): Promise<number> {
  return (await runToEnd(world, options)).exitCode;
}

/** What is known before anything starts. */
interface Prepared {
  readonly options: RunOptions;
  readonly reporters: readonly ChosenReporter[];
  readonly maxFailures: number | undefined;
  readonly project: Project;
  /** The configuration's, with the targets of `--targets-from` put over them. */
  readonly services: Readonly<Record<string, ServiceSettings>>;
  readonly secrets: readonly string[];
  readonly paint: Paint;
  /** Progress, one line each. */
  readonly tell: (line: string) => void;
}

export async function runToEnd(world: World, options: RunOptions): Promise<RunOutcome> {
  const prepared = await prepare(world, options);
  const { project, services: all, secrets } = prepared;
  const outcome = await withSystem(world, project, { ...options, services: all, secrets }, async (system) => {
    const { backend, running, signal } = system;
    if (planningNeedsServices(project)) await running.ready();
    world.interruption.signal.throwIfAborted();
    await finishFixes(prepared, backend);
    const chosen = await strategyToRun(world, system, project, options);
    const { strategy, problems, resumed } = chosen;
    if (resumed === undefined) {
      requireBaseUrls(strategy, prepared.services);
      prepared.tell(describePlan(strategy));
      for (const problem of problems) say(world, prepared.paint('yellow', problem));
    }
    await running.ready();
    const used = new Set(strategy.testCases.map(({ service }) => service));
    const services = Object.fromEntries(Object.entries(prepared.services).filter(([name]) => used.has(name)));
    await requireReady({ services, signal, tell: prepared.tell, secrets: prepared.secrets });
    world.interruption.signal.throwIfAborted();
    return execute(world, prepared, system, chosen);
  });
  if (!world.interruption.signal.aborted) await tidy(world, prepared, outcome.execution);
  return outcome;
}

/** Finishes, or undoes, the application of a fix that a crash cut short; without one there is no folder to look into. */
async function finishFixes({ tell }: Prepared, backend: Backend): Promise<void> {
  if (!existsSync(backend.healedProject.patchDir)) return;
  const healing = await backend.healing();
  for (const { id, file, status } of await healing.recover(backend.healedProject))
    tell(`Fix ${id} of ${file} had been interrupted: it is ${status} now.`);
  for (const fix of await healing.reconcile(backend.healedProject)) tell(changedByHand(fix));
}

async function tidy(world: World, { options, project }: Prepared, current: TestExecution): Promise<void> {
  const days = project.loaded.configuration.general.history_retention_days;
  const problems = await removeOldRuns(project.stateFolder, { days, now: Date.now(), current });
  if (options.verbose) for (const problem of problems) say(world, problem);
}

async function prepare(world: World, options: RunOptions): Promise<Prepared> {
  const reporters = chosenReporters(world, options);
  const maxFailures = positiveNumber('--max-failures', options.maxFailures);
  refuseContradictions(options);
  const targets = options.targetsFrom === undefined ? {} : await readTargets(world, options.targetsFrom);
  const project = await openProject(world, { ...options, flags: flagsOf(options) });
  const { services } = project.loaded.configuration;
  const paint = painter(wantsColour(world.environment, world.stderr));
  return {
    options,
    reporters,
    maxFailures,
    project,
    services: servicesWithTargets(services, targets),
    secrets: [...project.loaded.secrets, ...secretsOfTargets(targets)],
    paint,
    tell: (line) => say(world, paint('dim', line)),
  };
}

/** Runs the strategy, or goes on with the execution to resume, and reports. */
async function execute(
  world: World,
  prepared: Prepared,
  { backend, running, base, signal }: RunningSystem,
  { strategy, problems, manifest, resumed }: ToRun,
): Promise<RunOutcome> {
  const { options, project, paint, tell } = prepared;
  const { executions } = backend;
  const request = { base: Object.keys(base.services).length > 0, revision: await headOf(project.location.root) };
  const json = options.json ?? false;
  await endInterrupted(executions, project.location.projectId, resumed, (line) => say(world, paint('yellow', line)));
  const executionId = resumed ?? (await executions.request(requestOf(project, strategy, request)));
  if (resumed !== undefined) await executions.resume(resumed);
  await writeLatestExecution(strategiesFolder(project, world.cwd), executionId);
  if (json) sayData(world, { kind: 'requested', executionId, strategyId: strategy.id, tests: strategy.testCases.length });

  const stopped = await follow(world, backend, executionId, strategy, { ...prepared, json });
  const ended = await executions.get(executionId);
  const again = runAgain(world, project, backend, request);
  const aftermath =
    stopped === undefined && !signal.aborted
      ? await afterRun({ project, backend, strategy, execution: ended, manifest, baseRevision: base.revision, again, signal, tell })
      : withoutAftermath(ended, strategy);
  const { execution } = aftermath;
  const { projectId, name } = project.location;
  const run: RunReport = { project: { id: projectId, name }, problems, ...aftermath, generatedAt: new Date().toISOString() };
  const files = await writeStandardReports(run, project.stateFolder);
  await report(prepared.reporters, run, world, project.stateFolder);
  if (prepared.reporters.some((reporter) => reporter.file === undefined && ['terminal', 'line'].includes(reporter.name))) {
    const htmlFile = relative(world.cwd, files.html) || files.html;
    const failOnFlaky = options.failOnFlaky ?? false;
    say(world, `\n${terminalSummary(run, { paint, htmlFile, showProblems: false, failOnFlaky })}`);
  }
  for (const [service, how] of running.ended) {
    say(world, paint('yellow', `${service} ${how} while the tests ran; its log is ${project.stateFolder}/logs/${service}.log.`));
  }
  const judged =
    stopped === 'max-failures'
      ? EXIT.testsFailed
      : exitCodeOf(execution, {
          failOnFlaky: options.failOnFlaky ?? false,
          quarantined: new Set(run.quarantined.map(({ testId }) => testId)),
        });
  const exitCode = world.interruption.exitCode() ?? judged;
  if (json)
    sayData(world, {
      kind: 'reported',
      executionId,
      status: execution.status,
      summary: execution.summary,
      conclusion: concluded(run),
      exitCode,
      files,
    });
  return { exitCode, execution, files };
}

interface ToRun {
  readonly strategy: TestStrategy;
  readonly problems: readonly string[];
  readonly manifest?: Manifest;
  /** The execution that goes on, with `--resume`. */
  readonly resumed?: string;
}

async function strategyToRun(world: World, { backend, base }: RunningSystem, project: Project, options: RunOptions): Promise<ToRun> {
  const { projectId, name } = project.location;
  if (options.resume !== undefined) {
    const execution = await executionToResume(backend.executions, projectId, options.resume);
    const strategy = await findStrategy(backend.planning, project, world.cwd, execution.strategyId);
    const planned = new Set(execution.results.map(({ testId }) => testId));
    return {
      strategy: { ...strategy, testCases: strategy.testCases.filter(({ id }) => planned.has(id)) },
      problems: [],
      resumed: execution.id,
    };
  }
  if (options.strategyId !== undefined) {
    const strategy = await findStrategy(backend.planning, project, world.cwd, options.strategyId);
    return { strategy: options.grep === undefined ? strategy : selectTests(strategy, options.grep), problems: [] };
  }
  const planned = await plan(backend, project, {
    ...options,
    defaultName: `${name}, planned by autonomous-run`,
    baseRevision: base.revision,
    runsAtOnce: true,
  });
  await writeStrategy(strategiesFolder(project, world.cwd), planned.strategy);
  return { ...planned, strategy: options.grep === undefined ? planned.strategy : selectTests(planned.strategy, options.grep) };
}

async function executionToResume(executions: Executions, projectId: string, resume: string | true): Promise<TestExecution> {
  const id = resume === true ? (await executions.list(projectId, 50)).find(({ status }) => status === 'running')?.id : resume;
  if (id === undefined) {
    throw new DomainError(
      'nothing-to-resume',
      'No execution of this project waits to be resumed: start one with "e2e autonomous-run".',
      404,
    );
  }
  const execution = await executions.get(id);
  if (execution.status !== 'running') {
    throw new DomainError('execution-ended', `Execution ${id} has ended (${execution.status}): see it with "e2e report ${id}".`, 409);
  }
  return execution;
}

/** Executions of this project that still count as running although this process has the project to itself: their own was killed. */
async function endInterrupted(
  executions: Executions,
  projectId: string,
  resumed: string | undefined,
  tell: (line: string) => void,
): Promise<void> {
  await executions.endForsaken(projectId);
  for (const { id, status } of await executions.list(projectId, 50)) {
    if (status !== 'running' || id === resumed) continue;
    await executions.cancel(id, 'its process was killed, and a new execution was started instead of resuming it');
    tell(`Execution ${id} had been interrupted and was not resumed: it is cancelled, what it had not judged is lost.`);
  }
}

function chosenReporters(world: World, options: RunOptions): readonly ChosenReporter[] {
  const chosen = options.reporter ? parseReporters(options.reporter) : defaultReporters(world);
  if (options.json && chosen.some(({ name, file }) => file === undefined && (name === 'json' || name === 'junit' || name === 'github'))) {
    if (options.reporter)
      throw new DomainError(
        'reporter-conflict',
        '--json already writes to standard output: give that reporter a file, such as --reporter json=report.json.',
      );
    return chosen.filter(({ name }) => name !== 'github');
  }
  return chosen;
}

function refuseContradictions(options: RunOptions): void {
  if (options.resume !== undefined && (options.strategyId !== undefined || options.grep !== undefined)) {
    throw new DomainError('options-contradict', '--resume continues an execution as it was asked for: leave out --strategy-id and --grep.');
  }
  if (options.healing === false && (options.enableSelfHealing || options.autoFix)) {
    throw new DomainError('options-contradict', '--no-healing contradicts --enable-self-healing and --auto-fix: choose one.');
  }
}

function flagsOf(options: RunOptions): SettingValues {
  return {
    // Whatever stands there goes through the same rules as the file: the error names the flag.
    ...(options.parallel === undefined ? {} : { parallel_workers: plainValue(options.parallel) as number }),
    ...(options.healing === false ? { enable_self_healing: false } : options.enableSelfHealing ? { enable_self_healing: true } : {}),
    ...(options.autoFix ? { auto_apply_fixes: true } : {}),
  };
}

function positiveNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new DomainError('option-invalid', `${flag} ${text}: it must be a whole number from 1.`);
  return value;
}
