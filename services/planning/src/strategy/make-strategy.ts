import { PRIORITIES, type Dto, type Priority, type TestCase, type TestPrior, type TestStrategy } from '@testimony/contracts';
import type { DiscoveredTest } from '@testimony/frameworks';
import type { TestCall } from '@testimony/code-analysis';
import type { FileChurn } from '../churn/churn-of';
import { isWrite, priorityOf, riskOf, type TestHistory, type TestWords } from '../risk/risk-of';
import type { ServiceChanges } from '../prior/read-changes';
import type { Dependencies } from './dependencies';
import type { EndpointIndex, KnownEndpoint } from './match-endpoint';
import { groupTests, orderTests } from './order-tests';
import { subjectOf, type ReachedCall } from './subject-of';
import { testTypeOf, USUAL_MS } from './test-type';

/** A test with what its source says of it. */
export interface ReadTest {
  readonly test: DiscoveredTest;
  readonly description: string;
  readonly calls: readonly TestCall[];
}

export interface PlanFacts {
  readonly endpoints: EndpointIndex;
  /** By service and name. */
  readonly dtos: ReadonlyMap<string, ReadonlyMap<string, Dto>>;
  readonly churn: ReadonlyMap<string, FileChurn>;
  readonly history: ReadonlyMap<string, TestHistory>;
  readonly dependencies: Dependencies;
  readonly byRisk: boolean;
  /** Flake patterns in the tests' sources, by test id; undefined when nobody looked. */
  readonly patterns: ReadonlyMap<string, NonNullable<TestPrior['patterns']>> | undefined;
  /** What differs from the base, by service; absent where there is no base. */
  readonly changes: ReadonlyMap<string, ServiceChanges>;
}

/** What the caller names a plan. */
export interface PlanTitle {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly targetServices: readonly string[];
  readonly createdAt: string;
}

/** Makes the plan: each test with its risk, all in order. Pure: the same tests and facts give the same plan. */
export function makeStrategy(title: PlanTitle, tests: readonly ReadTest[], facts: PlanFacts): TestStrategy {
  const covered = new Set<KnownEndpoint['endpoint']>();
  const planned = tests.map((test) => testCaseOf(test, facts, covered));
  const order = orderTests(
    planned.map(({ id, service, module, priority, metadata, dependencies }) => ({
      id,
      service,
      file: module,
      priority,
      risk: metadata.risk,
      dependencies,
    })),
    { byRisk: facts.byRisk },
  );
  const places = new Map(order.map((id, place) => [id, place]));
  return {
    ...title,
    targetServices: [...title.targetServices],
    testCases: planned.sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0)),
    executionOrder: order,
    parallelizationGroups: groupTests(order, facts.dependencies.byTest),
    totalEstimatedDurationMs: planned.reduce((sum, test) => sum + test.estimatedDurationMs, 0),
    coverageTargets: coverageOf(title, facts, covered),
  };
}

function testCaseOf({ test, description, calls }: ReadTest, facts: PlanFacts, covered: Set<KnownEndpoint['endpoint']>): TestCase {
  const words: TestWords = { name: test.name, description, file: test.file, tags: test.tags };
  const reached = calls.map((call): ReachedCall => {
    const reaches = facts.endpoints.find(call, test.service);
    if (reaches) covered.add(reaches.endpoint);
    return { endpoint: call.endpoint, own: call.own, ...(reaches && { reaches }) };
  });
  const subject = subjectOf(words, reached);
  const known = subject?.reaches;
  const history = facts.history.get(test.id);
  const dto = known && facts.dtos.get(known.service)?.get(known.endpoint.request_dto ?? '');
  const sourceChurn = known && facts.churn.get(known.endpoint.file_path);
  const testChurn = facts.churn.get(test.file);
  const { risk, factors } = riskOf(words, {
    preparesByWriting: reached.some((call) => call !== subject && isWrite(call.endpoint)),
    ...(known && { subject: known.endpoint }),
    ...(subject && { call: subject.endpoint }),
    ...(dto && { subjectDto: dto }),
    ...(sourceChurn && { sourceChurn }),
    ...(testChurn && { testChurn }),
    ...(history && { history }),
  });
  const testType = testTypeOf(words, {
    services: new Set([test.service, ...reached.flatMap(({ own, reaches }) => (own && reaches ? [reaches.service] : []))]).size,
    ownEndpoints: reached.filter(({ own }) => own).length,
  });
  const declared = declaredPriority(test.tags);
  const { timeoutMs, skip } = test;
  const [calledMethod, calledPath] = subject?.endpoint.split(' ', 2) ?? [];
  const endpoint = known?.endpoint.full_path ?? calledPath;
  const httpMethod = known && known.endpoint.method !== 'ALL' ? known.endpoint.method : calledMethod;
  return {
    id: test.id,
    name: test.name,
    description: words.description,
    testType,
    priority: declared ?? priorityOf(risk),
    service: test.service,
    module: test.file,
    ...(endpoint !== undefined && { endpoint }),
    ...(httpMethod !== undefined && { httpMethod }),
    riskFactors:
      declared === undefined
        ? factors
        : [
            { factor: 'declared_priority', weight: 0, reason: `its author says ${declared}; the facts alone say ${priorityOf(risk)}` },
            ...factors,
          ],
    dependencies: [...(facts.dependencies.byTest.get(test.id) ?? [])],
    estimatedDurationMs: history && history.runs > 0 ? Math.round(history.medianMs) : USUAL_MS[testType],
    tags: [...words.tags],
    metadata: {
      framework: test.framework,
      titlePath: [...test.titlePath],
      ...(test.line !== undefined && { line: test.line }),
      risk,
      ...(timeoutMs !== undefined && { timeoutMs }),
      endpoints: [...new Set(calls.map(({ endpoint: call }) => call))],
      ...(skip !== undefined && { skip }),
      prior: priorOf(test, reached, facts),
    },
  };
}

function priorOf(test: DiscoveredTest, reached: readonly ReachedCall[], { patterns, changes }: PlanFacts): TestPrior {
  const base = changes.get(test.service);
  const files = reached.flatMap(({ reaches }) => (reaches ? [reaches.endpoint.file_path] : []));
  return {
    ...(patterns && { patterns: [...(patterns.get(test.id) ?? [])] }),
    // Which code a test runs through is not known where it calls no endpoint of the manifest.
    ...(base && files.length > 0 && { changed: files.some((file) => base.handlers.has(file)) }),
    ...(base && { testChanged: base.tests.has(test.file) }),
  };
}

/** The frameworks hand an author's own priority on as a tag, `priority:high`. */
function declaredPriority(tags: readonly string[]): Priority | undefined {
  return PRIORITIES.find((priority) => tags.includes(`priority:${priority}`));
}

function coverageOf(
  { targetServices }: PlanTitle,
  facts: PlanFacts,
  covered: ReadonlySet<KnownEndpoint['endpoint']>,
): TestStrategy['coverageTargets'] {
  // Answering OPTIONS is the framework's affair.
  const targets = facts.endpoints.all.filter(({ service, endpoint }) => targetServices.includes(service) && endpoint.method !== 'OPTIONS');
  const uncovered = targets
    .filter(({ endpoint }) => !covered.has(endpoint))
    .map(({ service, endpoint }) => {
      const dto = facts.dtos.get(service)?.get(endpoint.request_dto ?? '');
      const churn = facts.churn.get(endpoint.file_path);
      const { risk } = riskOf(
        { name: '', description: '', file: '', tags: [] },
        { subject: endpoint, preparesByWriting: false, ...(dto && { subjectDto: dto }), ...(churn && { sourceChurn: churn }) },
      );
      return { risk, text: `${endpoint.method} ${endpoint.full_path}` };
    });
  uncovered.sort((a, b) => b.risk - a.risk || (a.text < b.text ? -1 : 1));
  return { endpoints: targets.length, endpointsCovered: targets.length - uncovered.length, uncovered: uncovered.map(({ text }) => text) };
}
