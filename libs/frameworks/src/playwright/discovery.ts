import type { DiscoveredTest, Discovery, DiscoveryProblem } from '../framework';
import type { ListedTest } from './frames';
import { NOT_INSTALLED, playwrightCli, playwrightConfig } from './installation';
import { startPlaywright } from './process';
import { withoutColours } from '../failure';
import { escaped } from './escaped';

/** Loading a project's specs takes longer than this only when one of them waits for something. */
const LIST_LIMIT_MS = 120_000;

/** By the folder `services/<name>/`; by the Playwright project for specs elsewhere; else `default`. */
export function serviceOf(file: string, project: string): string {
  return /^services\/([^/]+)\//.exec(file)?.[1] ?? (project === '' ? 'default' : project);
}

/** Listing loads the project's code, which is shown no credential of this program: only what a machine says of itself, and Playwright's own settings. */
function listingEnvironment(): Record<string, string | undefined> {
  const shown = /^(?:PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|CI|SHELL|XDG_\w+|PLAYWRIGHT_\w+)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => shown.test(name)));
}

function discovered(test: ListedTest): DiscoveredTest {
  const service = serviceOf(test.file, test.project);
  return {
    id: `playwright:${test.file}#${test.titlePath.join(' > ')}`,
    name: test.titlePath.at(-1) ?? test.file,
    description: test.titlePath.join(' > '),
    framework: 'playwright',
    service,
    file: test.file,
    titlePath: test.titlePath,
    line: test.line,
    tags: test.tags,
    dependencies: [],
    // 0 is Playwright's word for no limit; ours has a default then.
    ...(test.timeoutMs > 0 && { timeoutMs: test.timeoutMs }),
    ...(test.skip !== undefined && { skip: test.skip }),
    endpoints: [],
  };
}

/** Stands for the tests of a file that cannot be loaded: left out, they would be missed by nobody, and the run would be green without them. */
function brokenFile({ file, line }: DiscoveryProblem, asked: readonly string[] | undefined): DiscoveredTest {
  const known = serviceOf(file, '');
  // Where nothing says whose tests these are, they may be those that were asked for.
  const service = known === 'default' ? (asked?.[0] ?? known) : known;
  return {
    id: `playwright:${file}`,
    name: file,
    description: file,
    framework: 'playwright',
    service,
    file,
    titlePath: [],
    ...(line !== undefined && { line }),
    tags: [],
    dependencies: [],
    broken: true,
    endpoints: [],
  };
}

interface Listing {
  readonly tests: readonly ListedTest[];
  readonly problems: readonly DiscoveryProblem[];
}

/** What the project's own Playwright says of its specs, but for those left out. It loads them; tests are not run. */
async function list(cli: string, root: string, config: string, without: readonly string[]): Promise<Listing> {
  let tests: readonly ListedTest[] = [];
  const problems: DiscoveryProblem[] = [];
  const others = without.length === 0 ? [] : [`^(?!.*/(?:${without.map(escaped).join('|')})$)`];
  const listing = startPlaywright({ cli, root, args: ['--list', ...others], environment: listingEnvironment() }, (frame) => {
    if (frame.type === 'tests') tests = frame.tests;
    if (frame.type !== 'error') return;
    const said = withoutColours(frame.error.message ?? frame.error.value ?? 'could not be loaded').split('\n')[0] ?? '';
    // A project without any spec is no fault of a file.
    if (/^(?:Error: )?No tests found/.test(said)) return;
    const file = frame.file ?? config;
    problems.push({
      file,
      ...(frame.line !== undefined && { line: frame.line }),
      message: `${file}${frame.line === undefined ? '' : `:${frame.line}`} could not be loaded: ${said}`,
    });
  });
  const timer = setTimeout(() => listing.kill(), LIST_LIMIT_MS);
  const { code, signal, printed } = await listing.ended;
  clearTimeout(timer);
  if (code !== 0 && tests.length === 0 && problems.length === 0 && !printed.some((line) => line.includes('No tests found'))) {
    const why =
      signal === null
        ? (printed.find((line) => /error/i.test(line)) ?? printed.at(-1) ?? `exit code ${code}`)
        : `it took longer than ${LIST_LIMIT_MS / 1000} s`;
    problems.push({ file: config, message: `${config} could not be listed: ${withoutColours(why)}` });
  }
  return { tests, problems };
}

/** A file that does not load can hide the next only where one imports the other: deeper than this nobody looks. */
const MOST_LISTINGS = 4;

/** Asks the project's own Playwright for its tests. It lists none while one file does not load: such files are left out and named. */
export async function discoverPlaywright(root: string, services?: readonly string[]): Promise<Discovery> {
  const config = playwrightConfig(root);
  if (config === undefined) return { tests: [], problems: [] };
  const cli = playwrightCli(root);
  if (cli === undefined) return { tests: [], problems: [{ file: config, message: `${config} ${NOT_INSTALLED}` }] };
  const broken = new Map<string, DiscoveryProblem>();
  let tests: readonly ListedTest[] = [];
  for (let n = 0; n < MOST_LISTINGS; n++) {
    const found = await list(cli, root, config, [...broken.keys()]);
    tests = found.tests;
    const more = found.problems.filter(({ file }) => !broken.has(file));
    for (const problem of more) if (!broken.has(problem.file)) broken.set(problem.file, problem);
    // Nothing that could be left out, as with a configuration, or nothing new: a helper that does not load takes all with it.
    if (tests.length > 0 || more.every(({ file }) => file === config)) break;
  }
  const problems = [...broken.values()];
  const all = [...tests.map(discovered), ...problems.map((problem) => brokenFile(problem, services))];
  return { tests: services ? all.filter(({ service }) => services.includes(service)) : all, problems };
}
