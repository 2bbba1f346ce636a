import { readProject } from '@testimony/code-analysis';
import { DomainError, newId, testStrategySchema, type Manifest, type TestStrategy } from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import type { Discovery, DiscoveryProblem, Framework } from '@testimony/frameworks';
import type { ManifestResult, Planning, ProjectLocation, StrategyRequest, StrategyResult } from './api';
import { readChurn } from './churn/read-churn';
import { readServedDocuments } from './manifest/served-documents';
import type { TestHistory } from './risk/risk-of';
import { openPatternReader } from './prior/read-patterns';
import { readChanges } from './prior/read-changes';
import { planningEvents } from './store/planning-events';
import { resolveDependencies } from './strategy/dependencies';
import { makeStrategy } from './strategy/make-strategy';
import { indexEndpoints } from './strategy/match-endpoint';
import { nearestName } from './strategy/nearest-name';
import { belongingTo } from './strategy/belonging-to';
import { readTests } from './strategy/read-tests';

/** What earlier executions say of a project's tests, by test id. */
export type HistoryReader = (projectId: string) => Promise<ReadonlyMap<string, TestHistory>>;

export interface PlanningParts {
  readonly store: EventStore;
  readonly frameworks: readonly Framework[];
  /** Without one, risk and durations do without the past. */
  readonly history?: HistoryReader;
  readonly now?: () => Date;
  /** Where what was read of test sources is kept between plans; in memory without it. */
  readonly cacheFolder?: string;
}

/** The planning service's function, without any web server around it. */
export function createPlanning({ store, frameworks, history, now = () => new Date(), cacheFolder }: PlanningParts): Planning {
  const events = planningEvents(store);
  const patternReader = openPatternReader(cacheFolder);

  async function manifest(
    project: ProjectLocation,
    options: { readonly previous?: Manifest; readonly force: boolean },
  ): Promise<ManifestResult> {
    const { services } = project.configuration;
    const served = await readServedDocuments(project.root, services);
    const reading = await readProject({
      root: project.root,
      name: project.name,
      services,
      documents: served.documents,
      force: options.force,
      now: now(),
      ...(options.previous && { previous: options.previous }),
    });
    await events.register({ projectId: project.projectId, name: project.name });
    await events.recordManifest(project.projectId, reading.manifest);
    return { manifest: reading.manifest, changed: reading.changed, problems: [...served.problems, ...reading.problems] };
  }

  async function strategy(project: ProjectLocation, known: Manifest, request: StrategyRequest): Promise<StrategyResult> {
    const at = now();
    const { configuration, root, projectId } = project;
    const wanted = request.services && request.services.length > 0 ? [...new Set(request.services)] : undefined;
    const [found, churn, past] = await Promise.all([
      discoverAll(frameworks, root, wanted, Object.keys(configuration.services)),
      readChurn(root, configuration.project.history_file, at),
      history ? history(projectId) : new Map<string, TestHistory>(),
    ]);
    const services = new Set([
      ...known.services.map(({ name }) => name),
      ...Object.keys(configuration.services),
      ...found.tests.map(({ service }) => service),
    ]);
    for (const name of wanted ?? []) if (!services.has(name)) throw unknownService(name, services);
    if (found.tests.length === 0) throw noTests(found, wanted);
    const problems = found.problems.map(sentence);
    const [patterns, tests, changes] = await Promise.all([
      request.runsAtOnce ? patternReader.readSoon(root, found.tests) : patternReader.read(root, found.tests),
      readTests(root, found.tests, problems),
      readChanges(root, known, configuration.services, found.tests, request.baseRevision),
    ]);
    const dependencies = resolveDependencies(
      tests.map(({ test }) => ({ id: test.id, service: test.service, file: test.file, name: test.name, dependsOn: test.dependencies })),
    );
    if (dependencies.problems.length > 0) throw brokenDependencies(dependencies.problems);
    const planned = makeStrategy(
      {
        id: newId('str', at.getTime()),
        name: request.name,
        description: request.description,
        targetServices: wanted ?? [...services].sort(),
        createdAt: at.toISOString(),
      },
      tests,
      {
        endpoints: indexEndpoints(known, basePaths(configuration.services)),
        dtos: new Map(known.services.map((service) => [service.name, new Map(service.dto_schemas.map((dto) => [dto.name, dto]))])),
        churn: churn.files,
        history: past,
        dependencies,
        byRisk: configuration.general.enable_risk_prioritization,
        patterns,
        changes: changes.byService,
      },
    );
    await events.register({ projectId, name: project.name });
    await events.recordStrategy(projectId, planned);
    const notes = [...(churn.note === undefined ? [] : [churn.note]), ...changes.notes];
    return { strategy: planned, problems: [...new Set(problems)], ...(notes.length > 0 && { notes }) };
  }

  async function withPatterns({ root }: ProjectLocation, given: TestStrategy): Promise<TestStrategy> {
    if (given.testCases.every(({ metadata }) => metadata.prior?.patterns)) return given;
    const tests = given.testCases.map(({ id, module, metadata: { line, titlePath } }) => ({ id, file: module, line, titlePath }));
    const patterns = await patternReader.read(root, tests);
    const testCases = given.testCases.map((test) => {
      const prior = { ...test.metadata.prior, patterns: [...(patterns.get(test.id) ?? [])] };
      return { ...test, metadata: { ...test.metadata, prior } };
    });
    return { ...given, testCases };
  }

  async function findStrategy(projectId: string, strategyId: string): Promise<TestStrategy> {
    const found = await events.findStrategy(projectId, strategyId);
    if (found) return found;
    throw new DomainError(
      'strategy-unknown',
      `There is no strategy "${strategyId}" in this project. Plan one with: e2e plan-strategy -n NAME (it prints the new id; earlier ones are the files in the strategies folder, the last one is in its latest.txt)`,
      404,
    );
  }

  async function importStrategy(projectId: string, given: TestStrategy): Promise<void> {
    const parsed = testStrategySchema.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new DomainError(
        'strategy-broken',
        `This is not a strategy of this version (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}); make one with: e2e plan-strategy -n NAME`,
      );
    }
    await events.recordStrategy(projectId, parsed.data);
  }

  return { manifest, strategy, withPatterns, findStrategy, importStrategy };
}

async function discoverAll(
  frameworks: readonly Framework[],
  root: string,
  wanted: readonly string[] | undefined,
  configured: readonly string[],
): Promise<Discovery> {
  const [only, ...more] = configured;
  // Tests that name no service will be the only one's: a framework that leaves them out cannot know.
  const asked = only !== undefined && more.length === 0 && wanted?.includes(only) ? undefined : wanted;
  const found = await Promise.all(frameworks.map((framework) => framework.discover(root, asked)));
  const tests = belongingTo(
    configured,
    found.flatMap(({ tests: some }) => some),
  );
  return {
    tests: wanted ? tests.filter(({ service }) => wanted.includes(service)) : tests,
    problems: found.flatMap(({ problems }) => problems),
  };
}

/** With its place, which some frameworks put into their sentences themselves. */
function sentence({ file, line, message }: DiscoveryProblem): string {
  return message.startsWith(file) ? message : `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

function basePaths(services: ProjectLocation['configuration']['services']): Map<string, string> {
  return new Map(
    Object.entries(services).flatMap(([name, { base_url: url }]) =>
      url !== undefined && URL.canParse(url) ? [[name, new URL(url).pathname] as const] : [],
    ),
  );
}

function unknownService(name: string, services: ReadonlySet<string>): DomainError {
  const near = nearestName(name, services);
  const hint =
    near === undefined
      ? `the services are ${[...services].sort().join(', ') || 'none yet: name them in e2e.conf'}`
      : `did you mean "${near}"?`;
  return new DomainError('service-unknown', `There is no service "${name}" in this project: ${hint}`);
}

function noTests(found: Discovery, wanted: readonly string[] | undefined): DomainError {
  const [first] = found.problems;
  const where = wanted ? ` for ${wanted.join(', ')}` : '';
  const why = first ? ` ${sentence(first)}.` : '';
  return new DomainError(
    'no-tests',
    `There is no test to plan${where}.${why} A test is a file such as services/${wanted?.[0] ?? 'orders'}/modules/01_health.ts that exports run(page).`,
    404,
  );
}

const SHOWN = 5;

function brokenDependencies(problems: readonly string[]): DomainError {
  const rest = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
  return new DomainError('dependencies-broken', `The tests cannot be put in order: ${problems.slice(0, SHOWN).join('; ')}${rest}`);
}
