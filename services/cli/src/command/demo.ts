import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { DomainError, EXIT } from '@testimony/contracts';
import { PROGRAM_ROOT, SAMPLE_SHOP } from '../project/program-root';
import { openStateFolder } from '../project/state-folder';
import { count } from '../terminal/plain-text';
import { painter, say, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';
import { runToEnd } from './autonomous-run';
import { LAST_CHANGE, writeHistory } from './demo-history';
import type { RunOptions, RunOutcome } from './autonomous-run';

/** Kept between demos: the database and what was compiled make the second one quick. */
const KEPT = '.e2e';
const SAMPLE_PORTS = [
  ['SHOP_PORT', 4310],
  ['PAYMENTS_PORT', 4311],
] as const;
const BASE_PORTS = [
  ['SHOP_BASE_PORT', 4320],
  ['PAYMENTS_BASE_PORT', 4321],
] as const;
const NOT_COPIED = new Set(['.e2e', '.check', 'node_modules', 'strategies', LAST_CHANGE]);

/**
 * `e2e demo`: the main job on the sample shop, in a working copy, so that the repository stays as it was.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function demo(world: World, options: RunOptions): Promise<number> {
  if (!existsSync(SAMPLE_SHOP))
    throw new DomainError('sample-missing', `The sample is not where it should be (${SAMPLE_SHOP}): get the whole repository.`, 500);
  const copy = join(openStateFolder(PROGRAM_ROOT, 'demo', world.environment), 'demo', 'shop');
  await refresh(copy);
  const basePorts = await portsOf(world.environment, BASE_PORTS);
  const hasHistory = await writeHistory(SAMPLE_SHOP, copy, basePorts);
  const paint = painter(wantsColour(world.environment, world.stderr));
  say(
    world,
    `${paint('bold', 'The sample shop')}: two services (shop, payments) with Postgres behind them and 50 tests, in a working copy at ${copy}.`,
  );
  const here = {
    ...world,
    cwd: copy,
    environment: {
      ...world.environment,
      ...(await portsOf(world.environment, SAMPLE_PORTS)),
      PATH: [dirname(process.execPath), world.environment['PATH']].filter(Boolean).join(delimiter),
    },
  };
  let outcome = await demoRun(here, options, copy);
  for (let runs = 1; runs < MOST_RUNS && !world.interruption.signal.aborted && showsNoFlake(outcome.execution); runs += 1) {
    say(
      world,
      `\n${paint('bold', 'No flaky test showed itself this time')}, as happens in one run of four: running again, as the next commit would.`,
    );
    outcome = await demoRun(here, options, copy);
  }
  const { exitCode, execution, files } = outcome;
  const { summary } = execution;
  say(world, '');
  say(world, paint('bold', 'What to look at'));
  if (summary.failed > 0) {
    const base = hasHistory ? ', while it passes on the revision before' : '';
    say(
      world,
      `  ${count(summary.failed, 'red test')}: failed in every attempt, also alone in a fresh process${base}, so no retry painted it green. The shop has a bug on purpose; its cause names the file.`,
    );
  }
  if (summary.healed > 0)
    say(
      world,
      `  ${count(summary.healed, 'healed test')}: was flaky, and got a fix whose proof is above; it ran again and passed. Only the working copy was changed.`,
    );
  if (summary.flaky > 0)
    say(
      world,
      `  ${count(summary.flaky, 'flaky test')}: failed and passed; each is named with how often, under which conditions, and what its source shows.`,
    );
  if (summary.lost > 0) say(world, `  ${count(summary.lost, 'lost test')}: could not be judged here; the reason is named above.`);
  say(world, `  The page with every attempt, request and reason:  ${files.html}`);
  say(world, `  For machines:  ${files.json}`);
  say(world, `                 ${files.junit}`);
  const red = exitCode === EXIT.testsFailed ? ' (it ends with exit code 1, since tests are red; the demo itself with 0)' : '';
  say(world, `  By hand:  e2e autonomous-run -p ${copy}${red}`);
  say(world, `            e2e explain refund -p ${copy}`);
  say(world, `            e2e fix list -p ${copy}`);
  // The sample has a bug on purpose: a demo that shows it has worked.
  return exitCode === EXIT.testsFailed ? EXIT.passed : exitCode;
}

/** The sample's own ports where they are free, any others where they are not: a demo should not fail on what else runs here. */
async function portsOf<N extends string>(
  environment: NodeJS.ProcessEnv,
  wanted: readonly (readonly [N, number])[],
): Promise<Record<N, string>> {
  const ports: Partial<Record<N, string>> = {};
  for (const [name, usual] of wanted) ports[name] = environment[name] ?? String((await freePort(usual)) ?? (await freePort(0)) ?? usual);
  return ports as Record<N, string>;
}

/** The port, or one the system chooses for 0; undefined when it is taken. */
function freePort(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: given } = server.address() as AddressInfo;
      server.close(() => done(given));
    });
  });
}

/** Three runs without a flake happen in one demo of fifty. */
const MOST_RUNS = 3;

/** The copy is there to be changed: what is proven is applied, and a healed test runs again. */
function demoRun(world: World, options: RunOptions, copy: string): Promise<RunOutcome> {
  return runToEnd(world, { ...options, project: copy, ...(options.healing === false ? {} : { autoFix: true }) });
}

function showsNoFlake({ status, summary }: RunOutcome['execution']): boolean {
  return (status === 'passed' || status === 'failed') && summary.flaky + summary.healed === 0;
}

async function refresh(copy: string): Promise<void> {
  await mkdir(copy, { recursive: true });
  for (const name of await readdir(copy)) if (name !== KEPT) await rm(join(copy, name), { recursive: true, force: true });
  for (const name of await readdir(SAMPLE_SHOP)) {
    if (!NOT_COPIED.has(name))
      await cp(join(SAMPLE_SHOP, name), join(copy, name), { recursive: true, filter: (source) => !source.includes('/__pycache__') });
  }
}
