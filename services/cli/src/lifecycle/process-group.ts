import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 25;

/** True while any process of the group lives. */
export function groupLives(pgid: number): boolean {
  try {
    process.kill(-pgid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || hasLivingMember(pgid);
}

/** In a container whose first process reaps nobody, the dead stay as zombies, which a signal still finds. */
function hasLivingMember(pgid: number): boolean {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const stat = statOf(Number(entry));
    // proc_pid_stat(5): field 3 is the state, field 5 the process group.
    return stat !== undefined && stat[2] === String(pgid) && stat[0] !== 'Z' && stat[0] !== 'X';
  });
}

/** The fields of /proc/<pid>/stat from the third on: the second, a name, may itself hold spaces. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // Gone since the folder was listed, or never there.
  }
}

export function signalGroup(pgid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pgid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** SIGTERM, then SIGKILL for what still lives after `graceMs`. Resolves when the group is gone. */
export async function endGroup(pgid: number, graceMs: number): Promise<void> {
  signalGroup(pgid, 'SIGTERM');
  if (await goneWithin(pgid, graceMs)) return;
  signalGroup(pgid, 'SIGKILL');
  await goneWithin(pgid, graceMs);
}

async function goneWithin(pgid: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (groupLives(pgid)) {
    if (Date.now() >= deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}

/**
 * A text that tells this life of a process id from a later one: its start time as the system keeps it.
 * Undefined when no such process lives.
 */
export function identityOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return identityByPs(pid);
  const fields = statOf(pid);
  // Field 22 is the start time in clock ticks.
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

function identityByPs(pid: number): string | undefined {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() ||
      undefined
    );
  } catch {
    return undefined; // ps answers 1 for a process that is not there.
  }
}
