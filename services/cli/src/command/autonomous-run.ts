import { relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DomainError, EXIT } from '@testimony/contracts';
import type { ServiceSettings, TestExecution, TestStrategy } from '@testimony/contracts';
import type { Executions } from '@testimony/execution';
import type { Backend } from '../backend';
import { plainValue } from '../configuration/settings';
import type { SettingValues } from '../configuration/settings';
import { requireReady, startServices } from '../lifecycle/services-under-test';
import type { ServicesUnderTest } from '../lifecycle/services-under-test';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { removeOldRuns } from '../project/retention';
import { findStrategy, strategiesFolder, writeLatestExecution, writeStrategy } from '../project/strategies';
import { lineProgress, liveProgress } from '../report/progress';
import type { Progress } from '../report/progress';
import { defaultReporters, parseReporters } from '../report/reporters';
import type { ChosenReporter } from '../report/reporters';
import type { RunReport } from '../report/run-report';
import { terminalSummary } from '../report/terminal-summary';
import { report, writeStandardReports } from '../report/write-reports';
import type { ReportFiles } from '../report/write-reports';
import { canRedraw, painter, say, sayData, wantsColour } from '../terminal/world';
import type { Paint, World } from '../terminal/world';
import { exitCodeOf } from './exit-code';
import type { CommonOptions } from './options';
import { describePlan, plan } from './plan-strategy';
import { selectTests } from './select-tests';
import { planningNeedsServices } from './start-for-planning';
import { readTargets, requireBaseUrls, secretsOfTargets, serviceTargets, servicesWithTargets } from './targets';

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

/** The first, and three alone in a fresh process: a test that fails every third time is then called red in 1 % of the runs. */
const ATTEMPTS_WITH_RETRY = 4;

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
  const outcome = await withSystem(world, prepared, async (backend, running, signal) => {
    if (planningNeedsServices(prepared.project)) await running.ready();
    world.interruption.signal.throwIfAborted();
    const chosen = await strategyToRun(world, backend, prepared.project, options);
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
    return execute(world, prepared, backend, running, chosen);
  });
  if (!world.interruption.signal.aborted) await tidy(world, prepared, outcome.execution);
  return outcome;
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
  const { general, services } = project.loaded.configuration;
  if (options.enableSelfHealing || options.autoFix || general.auto_apply_fixes) {
    say(world, 'Nothing is healed by this version: flaky tests are named with their numbers, and no file of the project is changed.');
  }
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

/**
 * Starts the services under test, then the backend beside them (loading it takes longer than a start), and ends both
 * when the work is done or anything fails, before the error is shown.
 */
async function withSystem<T>(
  world: World,
  { options, project, services, secrets, tell }: Prepared,
  work: (backend: Backend, running: ServicesUnderTest, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, world.interruption.signal]);
  const running = await startServices({
    root: project.location.root,
    stateFolder: project.stateFolder,
    services,
    deadlineMs: project.loaded.configuration.general.start_timeout_seconds * 1000,
    environment: world.environment,
    secrets,
    signal,
    tell,
    atSecond: world.interruption.atSecond,
  });
  const opening = world.open(project.location, {
    stateFolder: project.stateFolder,
    secrets,
    targets: serviceTargets(services),
    verbose: options.verbose ?? false,
    runs: { slots: project.loaded.configuration.general.parallel_workers },
  });
  const opened = opening.then(
    (backend) => backend,
    () => undefined,
  );
  try {
    // The error of a service is not kept waiting for a database.
    const backend = await Promise.race([opening, running.ready().then(() => opening)]);
    return await work(backend, running, signal);
  } finally {
    giveUp.abort();
    const backend = await opened;
    const ends = await Promise.allSettled([running.stop(), backend?.close()]);
    for (const end of ends) if (end.status === 'rejected') say(world, `Something could not be ended: ${String(end.reason)}`);
  }
}

/** Runs the strategy, or goes on with the execution to resume, and reports. */
async function execute(
  world: World,
  prepared: Prepared,
  backend: Backend,
  running: ServicesUnderTest,
  { strategy, problems, resumed }: ToRun,
): Promise<RunOutcome> {
  const { options, project, paint } = prepared;
  const { executions } = backend;
  const json = options.json ?? false;
  await endInterrupted(executions, project.location.projectId, resumed, (line) => say(world, paint('yellow', line)));
  const executionId = resumed ?? (await executions.request(requestOf(project, strategy)));
  if (resumed !== undefined) await executions.resume(resumed);
  await writeLatestExecution(strategiesFolder(project, world.cwd), executionId);
  if (json) sayData(world, { kind: 'requested', executionId, strategyId: strategy.id, tests: strategy.testCases.length });

  const stopped = await follow(world, backend, executionId, strategy, { ...prepared, json });
  const execution = await executions.get(executionId);
  const { projectId, name } = project.location;
  const run: RunReport = { project: { id: projectId, name }, strategy, execution, problems, generatedAt: new Date().toISOString() };
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
  const judged = stopped === 'max-failures' ? EXIT.testsFailed : exitCodeOf(execution, { failOnFlaky: options.failOnFlaky ?? false });
  const exitCode = world.interruption.exitCode() ?? judged;
  if (json) sayData(world, { kind: 'reported', executionId, status: execution.status, summary: execution.summary, exitCode, files });
  return { exitCode, execution, files };
}

interface ToRun {
  readonly strategy: TestStrategy;
  readonly problems: readonly string[];
  /** The execution that goes on, with `--resume`. */
  readonly resumed?: string;
}

async function strategyToRun(world: World, backend: Backend, project: Project, options: RunOptions): Promise<ToRun> {
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
  const planned = await plan(backend, project, { ...options, defaultName: `${name}, planned by autonomous-run` });
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

function requestOf(project: Project, strategy: TestStrategy): Parameters<Executions['request']>[0] {
  const { general } = project.loaded.configuration;
  return {
    projectId: project.location.projectId,
    strategy,
    parallel: general.parallel_workers,
    defaultTimeoutMs: general.test_timeout_seconds * 1000,
    maxAttempts: general.enable_intelligent_retry ? ATTEMPTS_WITH_RETRY : 1,
  };
}

/** How soon a person hears that nothing will happen any more. */
const TROUBLE_EVERY_MS = 2_000;
/** A politely cancelled execution ends when its workers have; past this it is reported as it stands. */
const CANCEL_GRACE_MS = 15_000;

/** Shows the execution until it ends. Returns what stopped it before its time. */
async function follow(
  world: World,
  backend: Backend,
  executionId: string,
  strategy: TestStrategy,
  options: { readonly reporters: readonly ChosenReporter[]; readonly maxFailures: number | undefined; readonly json: boolean },
): Promise<'max-failures' | 'interruption' | undefined> {
  const { executions } = backend;
  const progress = progressOf(world, strategy, options.reporters);
  const { signal } = world.interruption;
  const watching = new AbortController();
  let stopped: 'max-failures' | 'interruption' | undefined;
  let failures = 0;
  let cancelling: Promise<void> | undefined;
  const cancel = (why: 'max-failures' | 'interruption', reason: string): void => {
    if (stopped !== undefined) return;
    stopped = why;
    progress?.say(`Stopping: ${reason}${why === 'interruption' ? ' (again to stop at once)' : ''}`);
    cancelling = cancelWithin(executions, executionId, reason, watching);
    // Awaited below; this keeps a refusal that comes first from being called unhandled.
    cancelling.catch(() => undefined);
  };
  const interrupted = (): void => cancel('interruption', world.interruption.exitCode() === 143 ? 'SIGTERM' : 'Ctrl-C');
  signal.addEventListener('abort', interrupted, { once: true });
  if (signal.aborted) interrupted();
  let broken: string | undefined;
  const asking = setInterval(() => {
    // A database that is away is no trouble yet: whoever needs it waits for it, within a bound.
    backend.trouble().then(
      (found) => {
        broken ??= found;
        if (found !== undefined) watching.abort();
      },
      () => undefined,
    );
  }, TROUBLE_EVERY_MS);
  try {
    for await (const item of executions.watch(executionId, watching.signal)) {
      progress?.see(item);
      if (options.json) sayData(world, item);
      if (item.kind === 'decided' && item.data.verdict === 'failed') failures += 1;
      if (options.maxFailures !== undefined && failures >= options.maxFailures) {
        cancel('max-failures', `${failures} failed, which is the limit of --max-failures`);
      }
      if (item.kind === 'ended') break;
    }
  } catch (error) {
    if (!watching.signal.aborted) throw error;
  } finally {
    clearInterval(asking);
    signal.removeEventListener('abort', interrupted);
    progress?.end();
    watching.abort();
  }
  if (broken !== undefined) throw new DomainError('service-broken', broken, 503);
  await cancelling;
  return stopped;
}

/** Executions of this project that still count as running although this process has the project to itself: their own was killed. */
async function endInterrupted(
  executions: Executions,
  projectId: string,
  resumed: string | undefined,
  tell: (line: string) => void,
): Promise<void> {
  for (const { id, status } of await executions.list(projectId, 50)) {
    if (status !== 'running' || id === resumed) continue;
    await executions.cancel(id, 'its process was killed, and a new execution was started instead of resuming it');
    tell(`Execution ${id} had been interrupted and was not resumed: it is cancelled, what it had not judged is lost.`);
  }
}

/** Asks for the end, and stops watching when it does not come. */
async function cancelWithin(executions: Executions, executionId: string, reason: string, watching: AbortController): Promise<void> {
  try {
    await executions.cancel(executionId, reason);
    await pause(CANCEL_GRACE_MS, undefined, { signal: watching.signal, ref: false }).catch(() => undefined);
  } finally {
    watching.abort();
  }
}

function progressOf(world: World, strategy: TestStrategy, reporters: readonly ChosenReporter[]): Progress | undefined {
  const names = reporters.filter(({ file }) => file === undefined).map(({ name }) => name);
  const paint = painter(wantsColour(world.environment, world.stderr));
  if (names.includes('terminal') && canRedraw(world.environment, world.stderr)) return liveProgress(strategy, world.stderr, paint);
  return names.includes('terminal') || names.includes('line') ? lineProgress(strategy, world.stderr, paint) : undefined;
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
