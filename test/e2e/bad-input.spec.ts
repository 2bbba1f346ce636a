import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startCountingService, type CountingService } from '../program/counting-service';
import { runProgram, type Ended } from '../program/run-program';
import { countingModules, temporaryProject, type TemporaryProject } from '../program/temporary-project';

/** What each mistake gets: its exit code, a sentence that holds these words, and no stack trace. */
function expectSentence(ended: Ended, code: number, ...words: (string | RegExp)[]): void {
  const said = ended.stdout + ended.stderr;
  for (const word of words) expect(said).toMatch(word);
  expect(said).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect({ code: ended.code, said }).toEqual({ code, said });
}

const passing = `import type { Page } from '@testimony/page';
export async function run(page: Page): Promise<void> {
  page.assertOk(await page.get('/ran/one'));
}
`;

describe('bad input gets one clear sentence and the right exit code', () => {
  let service: CountingService;
  let project: TemporaryProject;
  const run = (...words: string[]) => runProgram(words, { cwd: project.root });
  const conf = (text: string) => project.write('e2e.conf', text);

  beforeAll(async () => {
    service = await startCountingService();
  });
  afterAll(() => service.stop());

  beforeEach(() => {
    project = temporaryProject(countingModules(1, service.url));
  });
  afterEach(() => project.remove());

  it('no configuration', async () => {
    const empty = temporaryProject();
    expectSentence(await runProgram(['autonomous-run'], { cwd: empty.root }), 2, /e2e\.conf/, /e2e init/);
    empty.remove();
  });

  it('broken YAML', async () => {
    conf('services:\n  items: [base_url\n');
    expectSentence(await run('autonomous-run'), 2, /e2e\.conf:\d+/);
  });

  it('an unknown key, with the nearest known one', async () => {
    conf(`services:\n  items:\n    base_ulr: ${service.url}\n`);
    expectSentence(await run('autonomous-run'), 2, /e2e\.conf:3/, /base_ulr/, /base_url/);
  });

  it('a variable that is not set', async () => {
    conf('services:\n  items:\n    base_url: ${NOT_SET_ANYWHERE}\n');
    expectSentence(await run('autonomous-run'), 2, /NOT_SET_ANYWHERE/, /e2e\.conf:3/);
  });

  it('a missing base URL', async () => {
    conf('services:\n  items: {}\n');
    expectSentence(await run('autonomous-run'), 2, /items/, /base_url/);
  });

  it('a port that is taken by something else', async () => {
    const other = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const { port } = other.address() as AddressInfo;
    project.write(
      'serve.mjs',
      `import { createServer } from 'node:http'; createServer((q, r) => r.end('ok')).listen(${port}, '127.0.0.1');`,
    );
    conf(
      `general:\n  start_timeout_seconds: 20\nservices:\n  items:\n    base_url: http://127.0.0.1:${port}\n    health_endpoint: /health\n    start: node serve.mjs\n`,
    );
    expectSentence(await run('autonomous-run'), 3, /items/, new RegExp(`${port}`));
    await new Promise((done) => other.close(done));
  });

  it('a module without run, beside one that is a test', async () => {
    project.write('services/items/modules/001_no_run.ts', 'export const walk = 1;\n');
    const ended = await run('autonomous-run');
    expectSentence(ended, 1, /001_no_run\.ts/, /no function run\(page\)/, /1 passed, 1 failed/);
  });

  it('a syntax error, with its line', async () => {
    project.write('services/items/modules/001_broken.ts', 'export async function run(page) {\n  const = 3;\n}\n');
    const ended = await run('autonomous-run');
    expectSentence(ended, 1, /001_broken\.ts:2/, /1 passed, 1 failed/);
  });

  it('no module that is a test, with the rule for names', async () => {
    const empty = temporaryProject({
      'e2e.conf': `services:\n  items:\n    base_url: ${service.url}\n`,
      'services/items/modules/item.ts': passing,
    });
    expectSentence(await runProgram(['autonomous-run'], { cwd: empty.root }), 4, /item\.ts/, /01_item\.ts/);
    empty.remove();
  });

  it('a test that never ends, also one that never lets go of the processor', async () => {
    conf(`general:\n  test_timeout_seconds: 1\n  enable_intelligent_retry: false\nservices:\n  items:\n    base_url: ${service.url}\n`);
    project.write('services/items/modules/001_waits.ts', 'export const run = () => new Promise((done) => setTimeout(done, 1e9));\n');
    project.write('services/items/modules/002_spins.ts', 'export function run() { for (;;); }\n');
    expectSentence(await run('autonomous-run'), 1, /001_waits/, /002_spins/, /1 s|1000 ms|1 second/);
  });

  it.each(['0', '-1', 'many', '1.5', '65'])('--parallel %s', async (parallel) => {
    expectSentence(await run('autonomous-run', '--parallel', parallel), 2, /parallel/, /64/);
  });

  it('an unknown strategy id', async () => {
    expectSentence(await run('autonomous-run', '-s', 'str_nowhere'), 2, /str_nowhere/, /plan-strategy/);
  });

  it('an unknown service', async () => {
    expectSentence(await run('plan-strategy', '-n', 'x', '-s', 'itmes'), 2, /itmes/, /items/);
  });

  it('an unknown command and an unknown option, with the nearest known one', async () => {
    expectSentence(await run('autonomous-rnu'), 2, /autonomous-run/);
    expectSentence(await run('autonomous-run', '--paralel', '2'), 2, /--parallel/);
  });

  it('a project that is not there', async () => {
    expectSentence(await run('autonomous-run', '-p', join(project.root, 'nowhere')), 2, /nowhere/);
  });

  it('shows where an error came from with -v', async () => {
    conf('services:\n  items: [base_url\n');
    const ended = await run('autonomous-run', '-v');
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(/^\s+at .+/m)]);
  });

  // A disk of its own needs the right to mount one; CI has it.
  const mayMount = process.getuid?.() === 0;
  (mayMount ? it : it.skip).each([
    ['without room for the database', 0o755, undefined],
    // Postgres' own user cannot reach a database below a folder of root's alone, so it is kept elsewhere and only results meet the full disk.
    ['without room for results', 0o700, 'filling'],
  ])('a full disk, %s', async (_, mode, filling) => {
    const disk = join(project.root, 'disk');
    mkdirSync(disk);
    chmodSync(project.root, mode);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=755', 'tmpfs', disk]);
    try {
      mkdirSync(join(disk, 'services/items/modules'), { recursive: true });
      writeFileSync(join(disk, 'services/items/modules/000_item.ts'), passing);
      writeFileSync(join(disk, 'e2e.conf'), `services:\n  items:\n    base_url: ${service.url}\n`);
      if (filling) fill(join(disk, filling));
      expectSentence(await runProgram(['autonomous-run'], { cwd: disk }), 3, /space|disk/i);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});

/** Writes until nothing more fits. */
function fill(file: string): void {
  const chunk = Buffer.alloc(4_096);
  for (;;) {
    try {
      appendFileSync(file, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
