import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupLives, signalGroup } from './lifecycle/process-group';

// The built program through its wrapper, as a user calls it (`test` depends on `build` in nx.json).
const E2E = resolve(__dirname, '../bin/e2e');

function e2e(...args: string[]): { code: number | null; out: string; words: string } {
  const { status, stdout, stderr } = spawnSync(E2E, args, { encoding: 'utf8', cwd: tmpdir(), env: { ...process.env, NODE_OPTIONS: '' } });
  return { code: status, out: stdout, words: stderr };
}

test('--version and --help load commander and nothing else that weighs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-main-'));
  try {
    const hook = join(folder, 'hook.cjs');
    writeFileSync(hook, "process.on('exit', () => process.stderr.write(JSON.stringify(Object.keys(require('node:module')._cache))));");
    for (const flag of ['--version', '--help']) {
      const { status, stderr } = spawnSync(E2E, [flag], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: `--require ${hook}` } });
      expect(status).toBe(0);
      const packages = new Set(
        (JSON.parse(stderr) as string[]).flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
      );
      expect([...packages].filter((name) => name !== 'commander')).toEqual([]);
      expect(stderr).not.toMatch(/libs\/contracts|src\/command\/(?!options)|dist\/command\/(?!options)/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('errors are a sentence on stderr and an exit code; a stack only with -v', () => {
  expect(e2e('rnu')).toMatchObject({ code: 2, out: '', words: expect.stringContaining('Did you mean run?') as string });
  const missing = e2e('list', '-p', '/nonexistent/project');
  expect(missing).toMatchObject({ code: 2, out: '', words: expect.stringContaining('There is no folder /nonexistent/project') as string });
  expect(missing.words).not.toMatch(/\n\s+at /);
  expect(e2e('list', '-p', '/nonexistent/project', '-v').words).toMatch(/\n\s+at /);
});

test('what was started ends with the program, also when that is killed by force', async () => {
  const script = `
    const { spawn } = require('node:child_process');
    const service = spawn('/bin/sh', ['-c', 'sleep 600 & wait'], { detached: true, stdio: 'ignore' });
    require(${JSON.stringify(resolve(__dirname, '../dist/lifecycle/watchdog.js'))}).startWatchdog().watch(service.pid);
    process.stdout.write(String(service.pid));
    setInterval(() => {}, 1000);`;
  const program = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(program.stdout, 'data')) as [Buffer];
  const group = Number(printed.toString());
  try {
    expect(groupLives(group)).toBe(true);
    program.kill('SIGKILL');
    while (groupLives(group)) await pause(20);
  } finally {
    signalGroup(group, 'SIGKILL');
  }
});
