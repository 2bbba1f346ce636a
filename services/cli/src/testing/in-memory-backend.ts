import { DomainError, newId } from '@testimony/contracts';
import type {
  Attempt,
  ExecutionStatus,
  Fix,
  Manifest,
  Quarantine,
  Summary,
  TestCase,
  TestExecution,
  TestResult,
  TestStrategy,
  Verdict,
} from '@testimony/contracts';
import type { ExecutionProgress, Executions, RequestExecution } from '@testimony/execution';
import type { Healing } from '@testimony/healing';
import type { Planning } from '@testimony/planning';
import type { Backend, BackendOptions, OpenBackend } from '../backend';

// Keeps the two services' contracts in memory, for specs of what the command line does around them. Verdicts are
// scripted by test name; nothing runs.

export interface Script {
  readonly tests: readonly TestCase[];
  readonly verdicts?: Readonly<Record<string, Verdict>>;
  readonly planningProblems?: readonly string[];
  /** What healing makes of flaky tests. */
  readonly fixes?: readonly Fix[];
  readonly quarantined?: readonly Quarantine[];
  /** By the id of a fix: what its test comes to when it runs again with it. */
  readonly rechecks?: Readonly<Record<string, Verdict>>;
  /** Called before each decision; a promise that does not resolve keeps the execution running. */
  readonly beforeDecision?: (test: TestCase) => Promise<void>;
}

export interface Opened {
  readonly open: OpenBackend;
  readonly opens: { root: string; options: BackendOptions }[];
  readonly requests: RequestExecution[];
  closed: number;
}

const AT = '2026-11-24T12:00:00.000Z';

export function inMemoryBackend(script: Script): Opened {
  const strategies = new Map<string, TestStrategy>();
  const runs = new Map<string, Run>();
  const healing = healingOf(script);
  const opened: Opened = {
    opens: [],
    requests: [],
    closed: 0,
    open: async (project, options): Promise<Backend> => {
      opened.opens.push({ root: project.root, options });
      return {
        planning: planning(script, strategies),
        executions: executions(script, runs, opened.requests),
        healing: async () => healing,
        debugging: async () => ({
          analyse: async ({ execution }) => ({ executionId: execution.id, analyses: [], clusters: [] }),
          report: async (executionId) => ({ executionId, analyses: [], clusters: [] }),
        }),
        healedProject: { projectId: project.projectId, root: project.root, overlayDir: '/nowhere/overlays', patchDir: '/nowhere/patches' },
        trouble: async () => undefined,
        close: async () => {
          opened.closed += 1;
        },
      };
    },
  };
  return opened;
}

function healingOf({ fixes: given = [], quarantined = [] }: Script): Healing {
  const fixes = new Map(given.map((fix) => [fix.id, fix]));
  const change = (id: string, changes: Partial<Fix>): Fix => {
    const fix = fixes.get(id);
    if (!fix) throw new DomainError('fix-unknown', 'There is no such fix.', 404);
    const changed = { ...fix, ...changes };
    fixes.set(id, changed);
    return changed;
  };
  return {
    detect: async () => [],
    heal: async (_project, { id: executionId }, _strategy, { apply }, { only } = {}) =>
      [...fixes.values()]
        .filter(({ testId }) => only?.has(testId) !== false)
        .map(({ id, status }) => change(id, { executionId, status: apply && status === 'proven' ? 'applied' : status })),
    apply: async (_project, id) => change(id, { status: 'applied' }),
    revert: async (_project, id, reason) =>
      change(id, fixes.get(id)?.status === 'reverted' ? {} : { status: 'reverted', undone: { at: AT, reason } }),
    revertFailed: async (_project, { results }) => {
      const failed = new Set(results.filter(({ status }) => status === 'failed').map(({ testId }) => testId));
      return [...fixes.values()]
        .filter(({ status, testId }) => status === 'applied' && failed.has(testId))
        .map(({ id }) => change(id, { status: 'reverted', undone: { at: AT, reason: 'it failed again the same way' } }));
    },
    rechecked: async (id, recheck, of) => change(id, { recheck, ...(of === undefined ? {} : { usedIn: [{ executionId: of, recheck }] }) }),
    recover: async () => [],
    reconcile: async () => [],
    fixes: async () => [...fixes.values()],
    stats: async () => ({ patterns: [] }),
    quarantine: async () => undefined,
    release: async () => undefined,
    quarantined: async () => [...quarantined],
  };
}

function planning(script: Script, strategies: Map<string, TestStrategy>): Planning {
  return {
    manifest: async (project, { previous, force }) => ({
      manifest: previous && !force ? previous : manifestOf(project.name, project.root),
      changed: !previous || force,
      problems: [],
    }),
    strategy: async (_project, _manifest, request) => {
      const testCases = script.tests.filter(({ service }) => !request.services || request.services.includes(service));
      if (testCases.length === 0) throw new DomainError('no-tests', 'There is no test to plan.');
      const strategy = strategyOf(request.name, request.description, testCases);
      strategies.set(strategy.id, strategy);
      return { strategy, problems: script.planningProblems ?? [] };
    },
    withPatterns: async (_project, strategy) => strategy,
    findStrategy: async (_projectId, id) => {
      const strategy = strategies.get(id);
      if (!strategy) throw new DomainError('strategy-unknown', `There is no strategy ${id}: make one with "e2e plan-strategy".`, 404);
      return strategy;
    },
    importStrategy: async (_projectId, strategy) => void strategies.set(strategy.id, strategy),
  };
}

interface Run {
  readonly request: RequestExecution;
  readonly results: Map<string, TestResult>;
  status: ExecutionStatus;
  readonly cancelled: AbortController;
}

function executions(script: Script, runs: Map<string, Run>, requests: RequestExecution[]): Executions {
  const find = (id: string): Run => {
    const run = runs.get(id);
    if (!run) throw new DomainError('execution-unknown', `There is no execution ${id}: "e2e list" names them.`, 404);
    return run;
  };
  return {
    experiment: async () => Promise.reject(new Error('nothing is tried here')),
    trials: async () => [],
    history: async () => new Map(),
    learned: async () => [],
    resetLearned: async () => undefined,
    endForsaken: async () => 0,
    request: async (request) => {
      requests.push(request);
      const id = newId('exe');
      runs.set(id, { request, results: new Map(), status: 'running', cancelled: new AbortController() });
      return id;
    },
    cancel: async (id, reason) => find(id).cancelled.abort(reason),
    resume: async (id) => void find(id),
    get: async (id) => executionOf(id, find(id)),
    list: async (_projectId, limit) =>
      [...runs]
        .filter(([, { request }]) => request.healedBy === undefined)
        .toReversed()
        .slice(0, limit)
        .map(([id, run]) => ({
          id,
          strategyId: run.request.strategy.id,
          strategyName: run.request.strategy.name,
          status: run.status,
          summary: summaryOf(run),
          requestedAt: new Date(AT),
          completedAt: null,
        })),
    watch: (id) => play(id, find(id), script),
  };
}

async function* play(executionId: string, run: Run, script: Script): AsyncGenerator<ExecutionProgress> {
  yield { kind: 'started' };
  for (const test of run.request.strategy.testCases) {
    const stop = new Promise<void>((resolve) => run.cancelled.signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([script.beforeDecision?.(test), ...(script.beforeDecision ? [stop] : [])]);
    if (run.cancelled.signal.aborted) {
      run.status = 'cancelled';
      yield { kind: 'ended', status: 'cancelled', summary: summaryOf(run), reason: String(run.cancelled.signal.reason) };
      return;
    }
    const fixId = run.request.healedBy?.[test.id];
    const result = resultOf(
      test,
      fixId === undefined ? (script.verdicts?.[test.name] ?? 'passed') : (script.rechecks?.[fixId] ?? 'healed'),
    );
    run.results.set(test.id, result);
    for (const attempt of result.attempts) yield { kind: 'attempted', data: { executionId, testId: test.id, ...attempt } };
    yield {
      kind: 'decided',
      data: {
        executionId,
        testId: test.id,
        verdict: result.status as Verdict,
        reason: result.reason,
        runs: result.attempts.length,
        failed: result.attempts.filter(({ outcome }) => outcome === 'failed').length,
        attempts: result.attempts.length,
        durationMs: result.durationMs,
        decidedAt: AT,
      },
    };
  }
  const summary = summaryOf(run);
  run.status = summary.failed > 0 ? 'failed' : summary.lost > 0 ? 'lost' : 'passed';
  yield { kind: 'ended', status: run.status, summary };
}

function executionOf(id: string, run: Run): TestExecution {
  const { strategy } = run.request;
  return {
    id,
    strategyId: strategy.id,
    status: run.status,
    results: strategy.testCases.map((test) => run.results.get(test.id) ?? resultOf(test, run.status === 'running' ? 'pending' : 'lost')),
    summary: summaryOf(run),
  };
}

function summaryOf(run: Run): Summary {
  const results = [...run.results.values()];
  const having = (status: string): number => results.filter((result) => result.status === status).length;
  return {
    total: run.request.strategy.testCases.length,
    passed: having('passed'),
    failed: having('failed'),
    flaky: having('flaky'),
    skipped: having('skipped'),
    healed: having('healed'),
    lost:
      run.status === 'running'
        ? having('lost')
        : run.request.strategy.testCases.length - results.filter(({ status }) => status !== 'lost').length,
  };
}

export function testCase(name: string, service = 'orders', more: Partial<TestCase> = {}): TestCase {
  return {
    id: `id-${name.replace(/\W+/g, '-')}`,
    name,
    description: '',
    testType: 'e2e',
    priority: 'high',
    service,
    module: `services/${service}/modules/${name.replace(/\W+/g, '_')}.ts`,
    riskFactors: [{ factor: 'write_operation', weight: 0.3, reason: 'POST /orders changes data' }],
    dependencies: [],
    estimatedDurationMs: 100,
    tags: [],
    metadata: { framework: 'native', titlePath: [], risk: 0.6, endpoints: [] },
    ...more,
  };
}

export function strategyOf(name: string, description: string, testCases: TestCase[]): TestStrategy {
  return {
    id: newId('str'),
    name,
    description,
    targetServices: [...new Set(testCases.map(({ service }) => service))],
    testCases,
    executionOrder: testCases.map(({ id }) => id),
    parallelizationGroups: [testCases.map(({ id }) => id)],
    totalEstimatedDurationMs: testCases.length * 100,
    coverageTargets: { endpoints: 0, endpointsCovered: 0, uncovered: [] },
    createdAt: AT,
  };
}

export function attempt(number: number, outcome: Attempt['outcome'], more: Partial<Attempt> = {}): Attempt {
  return {
    attempt: number,
    outcome,
    conditions: { isolated: number > 1 },
    workerId: 'wrk_1',
    startedAt: AT,
    durationMs: 120,
    requests: [],
    logs: [],
    artifacts: [],
    ...(outcome === 'failed' ? { failure: { class: 'assertion', message: 'expected 200 but got 500' } } : {}),
    ...more,
  };
}

export function resultOf(test: Pick<TestCase, 'id'>, status: TestResult['status'], attempts: Attempt[] = attemptsOf(status)): TestResult {
  const failed = attempts.filter(({ outcome }) => outcome === 'failed').length;
  return {
    testId: test.id,
    status,
    startedAt: attempts[0]?.startedAt ?? null,
    completedAt: attempts[0]?.startedAt ?? null,
    durationMs: attempts.at(-1)?.durationMs ?? 0,
    attempts,
    errorMessage: attempts.find(({ failure }) => failure)?.failure?.message ?? null,
    stackTrace: null,
    logs: [],
    healed: false,
    healingApplied: null,
    decision: null,
    reason: status === 'lost' ? 'the worker was lost' : `${status}: ${failed} of ${attempts.length} attempts failed`,
  };
}

function attemptsOf(status: TestResult['status']): Attempt[] {
  if (status === 'failed') return [attempt(1, 'failed'), attempt(2, 'failed')];
  if (status === 'flaky') return [attempt(1, 'failed'), attempt(2, 'passed')];
  return status === 'passed' ? [attempt(1, 'passed')] : [];
}

function manifestOf(name: string, root: string): Manifest {
  return { version: '2.0', project_name: name, project_root: root, generated_at: AT, services: [], source_hashes: {} };
}
