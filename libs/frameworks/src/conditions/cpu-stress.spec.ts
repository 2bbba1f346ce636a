import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { cpuStress } from './cpu-stress';

/** Processes of a group that run. */
async function running(group: number): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(ids.map((id) => readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')));
  return ids
    .filter((_, i) => {
      const [state, , pgrp] = (stats[i] ?? '').slice((stats[i] ?? '').lastIndexOf(')') + 2).split(' ');
      return pgrp === String(group) && state !== 'Z';
    })
    .map(Number);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setImmediate(done));
}

it('ends its loops with the process they were started around, also when nobody ends their group', async () => {
  const stress = cpuStress(2);
  const { command, args } = stress.around({
    command: process.execPath,
    args: ['-e', 'process.title = "a) Z b"; console.log("up"); setInterval(() => {}, 1000)'],
  });
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = child.pid ?? 0;
  try {
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('up\n');
    expect(await running(pid)).toHaveLength(3);
    child.kill('SIGKILL');
    // The pipe ends although the loops still run: they hold none of it.
    await once(child, 'close');
    await until(async () => (await running(pid)).length === 0);
  } finally {
    stress.release();
  }
});

it('takes another core for the next process, and gives cores back', () => {
  const coreOf = (stress: ReturnType<typeof cpuStress>): string | undefined => stress.around({ command: 'true', args: [] }).args[1];
  const first = cpuStress(1);
  if (!first.around({ command: 'true', args: [] }).command.endsWith('taskset')) return first.release();
  const core = coreOf(first);
  first.release();
  first.release();
  const again = cpuStress(1);
  expect(coreOf(again)).toBe(core);
  again.release();
});
