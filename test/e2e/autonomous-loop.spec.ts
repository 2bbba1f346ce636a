import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugReport, Fix, HealingStats, Quarantine, TestExecution } from '@testimony/contracts';
import { startJobsService, type JobsService } from '../program/jobs-service';
import { eventually } from '../program/processes';
import { runProgram, type Ended } from '../program/run-program';
import { temporaryProject, type TemporaryProject } from '../program/temporary-project';

// One project through the whole loop, in the order of a user's day: each test goes on where the one before ended.

const SLEEPER = 'services/jobs/modules/02_job_is_done.ts';
const CANARIES = ['canary-header-0815', 'canary-cookie-4711', 'canary-password-1234'];

const FILES = {
  'e2e.conf': `project:
  name: jobs
services:
  jobs:
    base_url: \${JOBS_URL}
    headers:
      x-api-key: \${JOBS_API_KEY}
`,
  'services/jobs/modules/01_starts_a_job.ts': `import type { Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  page.assertStatus(await page.post('/jobs', { json: { kind: 'ping' } }), 202);
}
`,
  [SLEEPER]: `import { expect, type Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  const { job } = (await page.post('/jobs', { json: { kind: 'report' } })).json<{ job: number }>();
  await new Promise((resolve) => setTimeout(resolve, 90));
  const { state } = (await page.get(\`/jobs/\${job}\`)).json<{ state: string }>();
  expect(state).toBe('done');
}
`,
  'services/jobs/modules/03_is_broken.ts': `import type { Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  page.assertStatus(await page.get('/broken'), 200);
}
`,
};

let service: JobsService;
let project: TemporaryProject;
const said: string[] = [];

async function e2e(...words: string[]): Promise<Ended> {
  const { hostname, port } = new URL(service.url);
  const env = { JOBS_URL: `http://user:canary-password-1234@${hostname}:${port}`, JOBS_API_KEY: 'canary-header-0815' };
  const ended = await runProgram(words, { cwd: project.root, env });
  said.push(ended.stdout, ended.stderr);
  return ended;
}

async function json<T>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await e2e(...words, '--json');
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

function lastReport(): { execution: TestExecution; debug: DebugReport; fixes: Fix[] } {
  const id = readFileSync(join(project.root, 'strategies/latest_exec.txt'), 'utf8').trim();
  return JSON.parse(readFileSync(join(project.root, `.e2e/reports/${id}/report.json`), 'utf8')) as ReturnType<typeof lastReport>;
}

const verdicts = ({ results }: TestExecution): Record<string, string> =>
  Object.fromEntries(results.map(({ testId, status }) => [testId.replace('jobs/', ''), status]));

beforeAll(async () => {
  service = await startJobsService();
  project = temporaryProject(FILES);
});
afterAll(async () => {
  await service.stop();
  project.remove();
});

const LIMIT_MS = 240_000;

it(
  'names what is flaky with its pattern before anything ran',
  async () => {
    const { files } = await json<{ files: { file: string; findings: unknown[] }[] }>('analyze-flaky');
    expect(files.find(({ file }) => file === SLEEPER)?.findings).toMatchObject([{ line: 5, pattern: 'hardcoded_sleep' }]);
    expect(files.filter(({ findings }) => findings.length > 0)).toHaveLength(1);
  },
  LIMIT_MS,
);

it(
  'runs, proves a fix for the flaky test without touching its file, and explains the red one',
  async () => {
    const { code, stderr } = await e2e('autonomous-run');
    const { execution, debug, fixes } = lastReport();
    expect([code, verdicts(execution)]).toEqual([1, { '01_starts_a_job': 'passed', '02_job_is_done': 'flaky', '03_is_broken': 'failed' }]);
    const flaky = execution.results.find(({ status }) => status === 'flaky');
    expect(flaky?.decision).toMatchObject({ label: 'flaky', flakiness: { probability: expect.any(Number) as number } });
    expect(fixes).toMatchObject([{ status: 'proven', file: SLEEPER, pattern: 'hardcoded_sleep' }]);
    expect(fixes[0]?.guards.map(({ guard, ok }) => [guard, ok])).toEqual(
      ['reproduced', 'allowed_edit', 'assertions', 'faults', 'runs', 'run_time'].map((guard) => [guard, true]),
    );
    expect(readFileSync(join(project.root, SLEEPER), 'utf8')).toBe(FILES[SLEEPER]);
    expect(debug.analyses.find(({ testId }) => testId === 'jobs/03_is_broken')?.classification.class).toBe('server');
    expect(stderr).toContain('is proven');
  },
  LIMIT_MS,
);

it(
  'prints the chain from attempts to verdict, with numbers',
  async () => {
    const { stdout, code } = await e2e('explain', 'job_is_done');
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 {2}failed {2}in a shared process.*assertion/);
    expect(stdout).toMatch(/flaky with probability \d+ %; it fails \d+ % of the time \(95 %: \d+ % to \d+ %\)/);
    expect(stdout).toMatch(/hardcoded sleep at line 5/);
    const unknown = await e2e('explain', 'nothing like it');
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('has no test whose name, file or id contains "nothing like it"'),
    ]);
  },
  LIMIT_MS,
);

it(
  'shows the fix as a patch that git takes',
  async () => {
    const [fix] = await json<Fix[]>('fix', 'list');
    const patch = (await e2e('fix', 'show', fix?.id ?? '')).stdout;
    execFileSync('git', ['apply', '--check', '-'], {
      cwd: project.root,
      input: patch,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: '/' },
    });
  },
  LIMIT_MS,
);

it(
  'with --auto-fix heals the test, runs it again and says so; the red one stays red',
  async () => {
    // Every other report is slow: a run in which the test passed is followed by one in which it fails at first.
    let { code } = await e2e('autonomous-run', '--auto-fix');
    if (verdicts(lastReport().execution)['02_job_is_done'] === 'passed') ({ code } = await e2e('autonomous-run', '--auto-fix'));
    const { execution, fixes } = lastReport();
    expect([code, verdicts(execution)]).toEqual([1, { '01_starts_a_job': 'passed', '02_job_is_done': 'healed', '03_is_broken': 'failed' }]);
    expect(execution.results.find(({ status }) => status === 'healed')).toMatchObject({
      healed: true,
      healingApplied: fixes.find(({ status }) => status === 'applied')?.id,
    });
    const { patterns } = await json<HealingStats>('healing-stats');
    expect(patterns.find(({ pattern }) => pattern === 'hardcoded_sleep')).toMatchObject({
      proposed: expect.any(Number) as number,
      applied: 1,
    });
  },
  LIMIT_MS,
);

it(
  'takes the fix back when a person asks, and says so in its statistics',
  async () => {
    const [fix] = await json<Fix[]>('fix', 'list');
    expect(fix?.status).toBe('applied');
    expect(readFileSync(join(project.root, SLEEPER), 'utf8')).toContain('waitFor');
    expect(await json<Fix>('fix', 'revert', fix?.id ?? '', '--reason', 'a spec')).toMatchObject({ status: 'reverted' });
    expect(readFileSync(join(project.root, SLEEPER), 'utf8')).toBe(FILES[SLEEPER]);
    const { patterns } = await json<HealingStats>('healing-stats');
    expect(patterns.find(({ pattern }) => pattern === 'hardcoded_sleep')).toMatchObject({ applied: 1, reverted: 1 });
  },
  LIMIT_MS,
);

it(
  'lets a quarantined test fail without failing the run, and releases it only on evidence',
  async () => {
    await json('quarantine', 'add', 'is_broken', '--owner', 'jobs-team', '--reason', 'JOB-12');
    expect(await json<Quarantine[]>('quarantine', 'list')).toMatchObject([{ testId: 'jobs/03_is_broken', owner: 'jobs-team' }]);
    const run = await e2e('autonomous-run', '--no-healing');
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('QUARANTINED')]);
    const release = await e2e('quarantine', 'release', 'is_broken');
    expect([release.code, release.stderr]).toEqual([2, expect.stringMatching(/needs \d+ runs without a failure/)]);
  },
  LIMIT_MS,
);

it(
  'shows and forgets what retries taught',
  async () => {
    expect((await json<unknown[]>('learning', 'show')).length).toBeGreaterThan(0);
    expect(await json('learning', 'reset')).toEqual([]);
    expect(await json('learning', 'show')).toEqual([]);
  },
  LIMIT_MS,
);

it('has let no secret into what it printed or kept: reports, logs, patches, the database', async () => {
  for (const canary of CANARIES) expect([canary, said.filter((text) => text.includes(canary))]).toEqual([canary, []]);
  await eventually(() => !existsSync(join(project.root, '.e2e/db/data/postmaster.pid')), 'the database has ended');
  const found = CANARIES.flatMap((canary) => filesWith(canary, join(project.root, '.e2e')));
  expect(found).toEqual([]);
});

/** Of the database's files too, its write-ahead log included. */
function filesWith(text: string, folder: string): string[] {
  try {
    return execFileSync('grep', ['-rlaF', '--', text, folder], { encoding: 'utf8' }).trim().split('\n');
  } catch (error) {
    // 1: no file holds it.
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}
