import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceSettings } from '@testimony/contracts';
import { groupLives, identityOf } from './process-group';
import { endLeftBehind, remember } from './left-behind';
import { requireReady, startServices } from './services-under-test';
import type { ServicesUnderTest, StartOptions } from './services-under-test';

let root: string;
let told: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'e2e-lifecycle-'));
  told = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function options(services: Record<string, Partial<ServiceSettings>>, more: Partial<StartOptions> = {}): StartOptions {
  return {
    root,
    stateFolder: join(root, '.e2e'),
    services: Object.fromEntries(Object.entries(services).map(([name, settings]) => [name, { headers: {}, ...settings }])),
    deadlineMs: 10_000,
    environment: { ...process.env, NODE_OPTIONS: '' },
    secrets: [],
    signal: new AbortController().signal,
    tell: (line) => void told.push(line),
    graceMs: 2000,
    ...more,
  };
}

async function startedAndReady(given: StartOptions): Promise<ServicesUnderTest> {
  const services = await startServices(given);
  await services.ready();
  return services;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A service that is unhealthy at first, starts a child of its own and writes both process ids down. */
function serviceScript(port: number, { ignoreTerm = false } = {}): string {
  const file = join(root, 'service.cjs');
  writeFileSync(
    file,
    `const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
${ignoreTerm ? "process.on('SIGTERM', () => console.log('not now'));" : ''}
let asked = 0;
require('node:http').createServer((request, response) => {
  asked += request.url === '/health' ? 1 : 0;
  response.statusCode = request.url === '/health' && asked < 2 ? 503 : 200;
  response.end();
}).listen(${port}, '127.0.0.1', () => writeFileSync('pids', process.pid + ' ' + child.pid));
`,
  );
  return `${process.execPath} ${file}`;
}

function pids(): number[] {
  return readFileSync(join(root, 'pids'), 'utf8').split(' ').map(Number);
}

describe('a service with a start command', () => {
  test('is started in a group of its own, waited for until healthy, logged, and ended with its children', async () => {
    const port = await freePort();
    const base_url = `http://127.0.0.1:${port}`;
    const services = await startedAndReady(
      options({ orders: { base_url, health_endpoint: '/health', start: `echo hello; ${serviceScript(port)}` } }),
    );
    expect((await fetch(base_url)).status).toBe(200);
    expect(told).toEqual([expect.stringContaining('Starting orders'), expect.stringMatching(/orders is ready after/)]);
    expect(readFileSync(join(root, '.e2e/logs/orders.log'), 'utf8')).toContain('hello');
    expect(readdirSync(join(root, '.e2e/services'))).toHaveLength(1);
    // A second run of the project is told so, rather than that a port is taken.
    const second = startServices(options({ orders: { base_url, start: 'exit 1' } }));
    await expect(second).rejects.toMatchObject({
      kind: 'run-in-progress',
      message: expect.stringContaining('Another run of this project has started orders') as string,
    });
    await services.stop();
    for (const pid of pids()) expect(identityOf(pid)).toBeUndefined();
    expect(readdirSync(join(root, '.e2e/services'))).toEqual([]);
  });

  test('that ignores SIGTERM is ended by force', async () => {
    const port = await freePort();
    const start = `exec ${serviceScript(port, { ignoreTerm: true })}`;
    const services = await startedAndReady(options({ orders: { base_url: `http://127.0.0.1:${port}`, start } }, { graceMs: 200 }));
    await services.stop();
    for (const pid of pids()) expect(identityOf(pid)).toBeUndefined();
  });

  test('that ends before it is ready is told with its last lines, secrets masked', async () => {
    const port = await freePort();
    const starting = startedAndReady(
      options(
        { orders: { base_url: `http://127.0.0.1:${port}`, start: 'echo "no database for s3cret-key"; exit 7' } },
        { secrets: ['s3cret-key'] },
      ),
    );
    await expect(starting).rejects.toMatchObject({
      kind: 'start-failed',
      status: 503,
      message: expect.stringMatching(
        /orders ended with code 7 before it was ready\. Its last lines .*\n {2}\| no database for \*\*\*/,
      ) as string,
    });
    expect(told.join()).not.toContain('s3cret-key');
  });

  test('that is not ready in time is ended and told with what its health endpoint said', async () => {
    const port = await freePort();
    const starting = startedAndReady(
      options({ orders: { base_url: `http://127.0.0.1:${port}`, start: 'exec sleep 600' } }, { deadlineMs: 300 }),
    );
    await expect(starting).rejects.toMatchObject({ kind: 'start-timeout', message: expect.stringContaining('ECONNREFUSED') as string });
    expect(readdirSync(join(root, '.e2e/services'))).toEqual([]);
  });

  test('whose address is taken is not started', async () => {
    const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await expect(startedAndReady(options({ orders: { base_url, start: 'touch started' } }))).rejects.toMatchObject({
        kind: 'port-taken',
        message: expect.stringContaining(`something already listens at ${base_url}`) as string,
      });
      expect(readdirSync(root)).not.toContain('started');
    } finally {
      server.close();
    }
  });

  test('is ended when the start is given up', async () => {
    const port = await freePort();
    const giveUp = new AbortController();
    const starting = startedAndReady(
      options(
        { orders: { base_url: `http://127.0.0.1:${port}`, health_endpoint: '/nothing', start: 'exec sleep 600' } },
        {
          signal: giveUp.signal,
          tell: (line) => (line.startsWith('Starting') ? setImmediate(() => giveUp.abort(new Error('given up'))) : undefined),
        },
      ),
    );
    await expect(starting).rejects.toThrow('given up');
    expect(readdirSync(join(root, '.e2e/services'))).toEqual([]);
  });
});

test('a service that somebody else should run and that does not answer is named with what to do', async () => {
  const port = await freePort();
  await expect(requireReady(options({ orders: { base_url: `http://127.0.0.1:${port}` } }), 100)).rejects.toMatchObject({
    kind: 'service-unreachable',
    message: expect.stringContaining('give services.orders.start a command') as string,
  });
});

test('what a run that was killed left behind is ended by the next; what belongs to a living run is not', async () => {
  const folder = join(root, 'services');
  const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const living = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const [dead, alive] = [left.pid as number, living.pid as number];
  const gone = once(left, 'exit');
  try {
    remember(folder, 'left', dead);
    remember(folder, 'living', alive);
    const file = join(folder, `left-${dead}.json`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"ownerIdentity":"[^"]*"/, '"ownerIdentity":"another life"'));
    writeFileSync(join(folder, 'broken-1.json'), '{"ser');
    expect(await endLeftBehind(folder, 2000)).toEqual(['left']);
    await gone;
    expect(groupLives(alive)).toBe(true);
    expect(readdirSync(folder)).toEqual([`living-${alive}.json`]);
  } finally {
    living.kill('SIGKILL');
    left.kill('SIGKILL');
  }
});
