import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeWorkerProvider, WorklessExecution } from '../testing/worker-provider-contract';
import type { WorkerProvider } from '../worker-provider';
import { localProvider } from './local-provider';
import { startOf } from './process-identity';

jest.setTimeout(30_000);

/** A worker program as small as can be: it speaks the protocol and runs nothing. */
const WORKER = `
const lines = require('node:readline').createInterface({ input: process.stdin });
const input = [];
lines.on('line', (line) => input.push(JSON.parse(line)) === 2 && work(...input));
require('node:fs').writeFileSync(__dirname + '/started-' + process.pid, '');
async function work(workspace, a) {
  const post = async (route, body) => {
    const r = await fetch(a.executionUrl + '/worker/v1/' + route, { method: 'POST', headers: { authorization: 'Bearer ' + a.token }, body: JSON.stringify(body) });
    if (r.status !== 200) { console.error('refused with status ' + r.status); process.exit(4); }
    return r.json();
  };
  require('node:fs').writeFileSync(workspace.artifactDir + '/seen.json', JSON.stringify({ argv: process.argv.slice(2), env: process.env }));
  await post('register', { workerId: a.workerId, slots: a.slots });
  for (;;) {
    const reply = await post('lease', { workerId: a.workerId, slot: 0 });
    if (reply.next === 'done') process.exit(0);
    await new Promise((r) => setTimeout(r, reply.waitMs));
  }
}
lines.on('close', () => process.env.OUTLIVE === 'yes' || process.exit(143));
process.on('SIGTERM', () => process.exit(143));
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'testimony-runner-'));
  writeFileSync(join(folder, 'worker.cjs'), WORKER);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const workspace = () => ({
  root: folder,
  services: {},
  overlayDir: folder,
  environment: {},
  secrets: [],
  artifactDir: folder,
  cacheDir: folder,
  spoolDir: folder,
});
const provider = (): WorkerProvider => localProvider({ workerMain: join(folder, 'worker.cjs'), stateDir: folder, workspaceOf: workspace });
const notes = (): string[] => (existsSync(join(folder, 'workers')) ? readdirSync(join(folder, 'workers')) : []);
const pidOf = (workerId: string): number =>
  (JSON.parse(readFileSync(join(folder, 'workers', `${workerId}.json`), 'utf8')) as { pid: number }).pid;

describeWorkerProvider('local', () =>
  Promise.resolve({
    provider: provider(),
    kill: (workerId) => Promise.resolve(void process.kill(pidOf(workerId), 'SIGKILL')),
    close: () => {
      expect(notes()).toEqual([]);
      return Promise.resolve();
    },
  }),
);

describe('a local worker', () => {
  let execution: WorklessExecution;
  let url: string;
  beforeEach(async () => {
    execution = new WorklessExecution();
    url = await execution.start();
  });
  afterEach(() => execution.stop());
  const assignment = (workerId: string) => ({
    workerId,
    executionId: 'exe_1',
    projectId: 'shop',
    slots: 1,
    executionUrl: url,
    token: 'a-token-of-this-run',
  });

  it('gets nothing by its arguments or environment that test code must not see', async () => {
    process.env['DATABASE_URL'] = 'postgres://user:hunter2@db';
    const handle = await provider().start(assignment('wrk_a'));
    await execution.registration('wrk_a');
    delete process.env['DATABASE_URL'];
    const seen = readFileSync(join(folder, 'seen.json'), 'utf8');
    expect(seen).not.toMatch(/hunter2|a-token-of-this-run/);
    expect((JSON.parse(seen) as { env: Record<string, string> }).env['PATH']).toBe(process.env['PATH']);
    await handle.stop(5_000);
  });

  it('that ends early says how, with what it said last', async () => {
    execution.refuse = true;
    expect(await (await provider().start(assignment('wrk_b'))).ended).toEqual({
      kind: 'lost',
      reason: 'its process ended with code 4: refused with status 403',
    });
  });

  it('whose program is missing is lost, with the reason', async () => {
    const missing = localProvider({ workerMain: join(folder, 'none.cjs'), stateDir: folder, workspaceOf: workspace });
    const end = await (await missing.start(assignment('wrk_c'))).ended;
    expect(end).toEqual({ kind: 'lost', reason: expect.stringContaining('Cannot find module') });
  });

  it('on standby gets the first assignment of its project, and ends when it is not needed', async () => {
    const started = (): string[] => readdirSync(folder).filter((name) => name.startsWith('started-'));
    const starts = async (count: number): Promise<void> => {
      while (started().length < count) await new Promise((done) => setImmediate(done));
    };
    const before = started();
    const local = localProvider({ workerMain: join(folder, 'worker.cjs'), stateDir: folder, workspaceOf: workspace });
    local.standBy('shop', { framework: 'native', lanes: 2 });
    await starts(before.length + 1);
    const handle = await local.start(assignment('wrk_e'));
    await execution.registration('wrk_e');
    expect(started()).toHaveLength(before.length + 1);
    await handle.stop(5_000);

    local.standBy('shop', { framework: 'native', lanes: 2 });
    await starts(before.length + 2);
    const pid = Number(
      started()
        .find((name) => !before.includes(name) && startOf(Number(name.slice(8))) !== undefined)
        ?.slice(8),
    );
    expect(startOf(pid)).toEqual(expect.any(String));
    local.dismiss();
    while (startOf(pid) !== undefined) await new Promise((done) => setImmediate(done));
  });

  it.each([
    ['ends with the runner that started it', '', 0],
    ['is removed by the next life of the runner where it did not end', 'yes', 1],
  ])('%s', async (_, OUTLIVE, swept) => {
    // Another life of the runner: a process of its own, killed without warning.
    const life = spawn(
      process.execPath,
      [
        '-e',
        `require(${JSON.stringify(resolve(__dirname, '../../dist/local/local-provider.js'))}).localProvider(${JSON.stringify({
          workerMain: join(folder, 'worker.cjs'),
          stateDir: folder,
          environment: { OUTLIVE },
        }).slice(0, -1)}, workspaceOf: () => (${JSON.stringify(workspace())}) }).start(${JSON.stringify(assignment('wrk_d'))})`,
      ],
      { stdio: 'inherit' },
    );
    await execution.registration('wrk_d');
    const pid = pidOf('wrk_d');
    const start = startOf(pid);
    const gone = new Promise((done) => life.on('exit', done));
    life.kill('SIGKILL');
    await gone;
    const alive = (): boolean => startOf(pid) === start;
    if (swept === 0) while (alive()) await new Promise((done) => setImmediate(done));
    expect(await provider().sweep()).toBe(swept);
    while (alive()) await new Promise((done) => setImmediate(done));
    expect(notes()).toEqual([]);
  });
});
