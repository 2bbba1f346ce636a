import { DomainError } from '@testimony/contracts';
import type { Backend } from '../backend';
import type { Project } from '../project/open-project';
import { plainText } from '../terminal/plain-text';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import { findExecution, findTest, storedReport } from './find-execution';
import type { CommonOptions } from './options';
import { attemptsIn } from './past-attempts';
import { withHistory } from './with-history';

/** As the healing service allows: a month, within which somebody has to look. */
const MOST_DAYS = 30;
/** Runs of the past that count as evidence for a release. */
const RUNS_LOOKED_AT = 400;

/**
 * `e2e quarantine list`: tests whose failures do not fail the run for now.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function listQuarantine(world: World, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const entries = await (await backend.healing()).quarantined(project.location.projectId, new Date());
    if (options.json) sayData(world, entries);
    else if (entries.length === 0) say(world, 'No test is in quarantine.');
    for (const { testName, owner, reason, until } of options.json ? [] : entries) {
      world.stdout.write(`${until.slice(0, 10)}  ${plainText(owner)}  ${plainText(testName)}: ${plainText(reason)}\n`);
    }
    return 0;
  });
}

interface QuarantineOptions extends CommonOptions {
  readonly owner: string;
  readonly reason: string;
  readonly days: string;
}

/**
 * `e2e quarantine add TEST`: with an owner, a reason and an end.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function addToQuarantine(world: World, test: string, options: QuarantineOptions): Promise<number> {
  const days = Number(options.days);
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
    throw new DomainError('option-invalid', `--days ${options.days}: it must be a whole number from 1 to ${MOST_DAYS}.`);
  }
  return withHistory(world, options, async (project, backend) => {
    const { result, name, service } = await testOf(world, project, backend, test);
    const now = Date.now();
    const entry = {
      testId: result.testId,
      testName: `${service} › ${name}`,
      owner: options.owner,
      reason: options.reason,
      since: new Date(now).toISOString(),
      until: new Date(now + days * 86_400_000).toISOString(),
    };
    await (await backend.healing()).quarantine(project.location.projectId, entry);
    if (options.json) sayData(world, entry);
    else
      say(
        world,
        `${plainText(entry.testName)} is in quarantine until ${entry.until.slice(0, 10)}: it runs, and its failures do not fail the run.`,
      );
    return 0;
  });
}

/**
 * `e2e quarantine release TEST`: only when enough clean runs since say so.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function releaseFromQuarantine(
  world: World,
  test: string,
  options: CommonOptions & { readonly reason: string },
): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const { projectId } = project.location;
    const { result, name } = await testOf(world, project, backend, test);
    const healing = await backend.healing();
    const entry = (await healing.quarantined(projectId, new Date())).find(({ testId }) => testId === result.testId);
    const past = (await backend.executions.history(projectId, [result.testId], RUNS_LOOKED_AT)).get(result.testId) ?? [];
    const since = past.filter(({ at }) => !entry || at >= new Date(entry.since));
    const evidence = attemptsIn(since);
    await healing.release(projectId, result.testId, options.reason, evidence);
    if (options.json) sayData(world, { testId: result.testId, evidence });
    else say(world, `${plainText(name)} counts again: ${evidence.failed} of ${evidence.runs} attempts failed since.`);
    return 0;
  });
}

async function testOf(world: World, project: Project, backend: Backend, text: string): Promise<ReturnType<typeof findTest>> {
  const execution = await findExecution(backend, project.location.projectId, undefined);
  return findTest(await storedReport(world, project, backend, execution), text);
}
