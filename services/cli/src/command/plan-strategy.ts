import { relative } from 'node:path';
import type { Manifest, TestStrategy } from '@testimony/contracts';
import type { Backend } from '../backend';
import { currentKnowledge } from '../project/knowledge';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { strategiesFolder, writeStrategy } from '../project/strategies';
import { count, duration } from '../terminal/plain-text';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import { serviceTargets } from './targets';
import type { CommonOptions } from './options';
import { startForPlanning } from './start-for-planning';

export interface PlanOptions extends CommonOptions {
  readonly name?: string;
  readonly description?: string;
  readonly services?: readonly string[];
  readonly output?: string;
}

export interface Plan {
  readonly strategy: TestStrategy;
  readonly manifest: Manifest;
  readonly problems: readonly string[];
}

/** Reads the sources and plans. */
export async function plan(
  backend: Backend,
  project: Project,
  request: PlanOptions & { readonly defaultName: string; readonly baseRevision?: string; readonly runsAtOnce?: boolean },
): Promise<Plan> {
  const knowledge = await currentKnowledge(backend.planning, project);
  const result = await backend.planning.strategy(project.location, knowledge.manifest, {
    name: request.name ?? request.defaultName,
    description: request.description ?? '',
    ...(request.baseRevision === undefined ? {} : { baseRevision: request.baseRevision }),
    ...(request.runsAtOnce ? { runsAtOnce: true } : {}),
    ...(request.services && request.services.length > 0 ? { services: request.services } : {}),
  });
  return { strategy: result.strategy, manifest: knowledge.manifest, problems: [...knowledge.problems, ...result.problems] };
}

/**
 * `e2e plan-strategy`
 * @public Loaded by its name when it is called (program.ts).
 */
export async function planStrategy(world: World, options: PlanOptions): Promise<number> {
  const project = await openProject(world, options);
  const { configuration, secrets } = project.loaded;
  const running = await startForPlanning(world, project);
  try {
    const backend = await world.open(project.location, {
      stateFolder: project.stateFolder,
      secrets,
      targets: serviceTargets(configuration.services),
      verbose: options.verbose ?? false,
    });
    try {
      const { strategy, problems } = await plan(backend, project, { ...options, defaultName: `${project.location.name} tests` });
      const file = await writeStrategy(strategiesFolder(project, world.cwd, options.output), strategy);
      for (const problem of problems) say(world, problem);
      if (options.json) sayData(world, { strategy, file, problems });
      else {
        world.stdout.write(`${strategy.id}\n`);
        say(world, describePlan(strategy));
        say(world, `Written to ${relative(world.cwd, file) || file}. Next: e2e autonomous-run -s ${strategy.id}`);
      }
    } finally {
      await backend.close();
    }
  } finally {
    await running?.stop();
  }
  return 0;
}

/** The plan in three lines: how much, how urgent, how long, what is not covered. */
export function describePlan(strategy: TestStrategy): string {
  const urgency = (['critical', 'high', 'medium', 'low'] as const).flatMap((priority) => {
    const n = strategy.testCases.filter((test) => test.priority === priority).length;
    return n > 0 ? [`${n} ${priority}`] : [];
  });
  const { endpoints, endpointsCovered, uncovered } = strategy.coverageTargets;
  const coverage =
    endpoints > 0
      ? ` They call ${endpointsCovered} of ${count(endpoints, 'endpoint')}${uncovered[0] ? `; the riskiest without a test: ${uncovered[0]}` : ''}.`
      : '';
  return `Planned ${count(strategy.testCases.length, 'test')} (${urgency.join(', ')}), about ${duration(strategy.totalEstimatedDurationMs)} of work.${coverage}`;
}
