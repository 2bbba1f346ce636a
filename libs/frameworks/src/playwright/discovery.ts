import type { DiscoveredTest, Discovery, DiscoveryProblem } from '../framework';
import type { ListedTest } from './frames';
import { NOT_INSTALLED, playwrightCli, playwrightConfig } from './installation';
import { startPlaywright } from './process';
import { withoutColours } from '../failure';

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

/** Asks the project's own Playwright for its tests. Spec files are loaded by it, tests are not run. */
export async function discoverPlaywright(root: string, services?: readonly string[]): Promise<Discovery> {
  const config = playwrightConfig(root);
  if (config === undefined) return { tests: [], problems: [] };
  const cli = playwrightCli(root);
  if (cli === undefined) return { tests: [], problems: [{ file: config, message: `${config} ${NOT_INSTALLED}` }] };
  let tests: readonly ListedTest[] = [];
  const problems: DiscoveryProblem[] = [];
  const listing = startPlaywright({ cli, root, args: ['--list'], environment: listingEnvironment() }, (frame) => {
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
  const all = tests.map(discovered);
  return { tests: services ? all.filter(({ service }) => services.includes(service)) : all, problems };
}
