// Runs one command as a whole process tree and tells what it cost. CPU comes from a control group where one can be made
// (root, cgroup v1 cpuacct), so that processes which nobody waits for are counted as well; else from the rusage of `sh`.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';

const GROUP = '/sys/fs/cgroup/cpuacct';
let serial = 0;

function makeGroup() {
  const path = `${GROUP}/testimony-bench-${process.pid}-${++serial}`;
  try {
    mkdirSync(path);
    return path;
  } catch {
    return undefined;
  }
}

const pidsOf = (group) => readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);

function privateMiB(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return [...text.matchAll(/^Private_\w+:\s+(\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0) / 1024;
  } catch {
    return 0;
  }
}

const nameOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};

function descendants(root) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      continue; // It ended meanwhile.
    }
  }
  const found = [root];
  for (let i = 0; i < found.length; i++) for (const [pid, parent] of parents) if (parent === found[i]) found.push(pid);
  return found;
}

/**
 * @returns wall and cpu in seconds, first (seconds until `firstResult` matched the output, null without a match),
 * memory (peak private MiB of the tree, the embedded database's processes apart), code (exit code).
 */
export async function measure({ command, cwd, env, firstResult, memory }) {
  const group = makeGroup();
  const start = performance.now();
  const prefix = group ? `echo $$ > ${group}/cgroup.procs; ` : '';
  const child = spawn('sh', ['-c', `${prefix}${command}\ncode=$?\n${group ? '' : 'times >&2\n'}exit $code`], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let first = null;
  let output = '';
  const seen = (chunk) => {
    output = (output + chunk).slice(-200_000);
    if (first === null && firstResult.test(output)) first = (performance.now() - start) / 1000;
  };
  child.stdout.on('data', seen);
  child.stderr.on('data', seen);
  let peak = 0;
  // Sampling costs CPU of its own, so memory is measured in a run apart.
  const timer = memory
    ? setInterval(() => {
        const pids = (group ? pidsOf(group) : descendants(child.pid)).filter((pid) => pid !== child.pid && nameOf(pid) !== 'postgres');
        peak = Math.max(
          peak,
          pids.reduce((sum, pid) => sum + privateMiB(pid), 0),
        );
      }, 20)
    : undefined;
  const code = await new Promise((resolve) => child.once('close', resolve));
  const wall = (performance.now() - start) / 1000;
  clearInterval(timer);
  let cpu;
  if (group) {
    // Whatever the command left behind to end by itself (a database that shuts down) counts until it has ended.
    for (let i = 0; i < 200 && pidsOf(group).length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    cpu = Number(readFileSync(`${group}/cpuacct.usage`, 'utf8')) / 1e9;
    if (pidsOf(group).length === 0) rmdirSync(group);
  } else {
    const [, user, system] = /\n(\S+) (\S+)\s*$/.exec(output.trimEnd()) ?? [];
    const seconds = (text) => Number(text?.split('m')[0] ?? NaN) * 60 + Number.parseFloat(text?.split('m')[1] ?? 'NaN');
    cpu = seconds(user) + seconds(system);
  }
  return { wall, cpu, first, memory: peak, code, output };
}

export function machine() {
  const model = /model name\s*:\s*(.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown CPU';
  const cores = readFileSync('/proc/cpuinfo', 'utf8').match(/^processor/gm)?.length;
  const total = Math.round(Number(/MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024 / 1024);
  return `${model}, ${cores} cores, ${total} GiB, Node ${process.version}, load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`;
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
