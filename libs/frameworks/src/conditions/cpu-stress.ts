import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export interface CpuStress {
  /** The command that starts the same process with its loops. */
  readonly around: (inner: Command) => Command;
  /** The core is free for others again. */
  release(): void;
}

/** Of util-linux: binds a process and all it starts to a core. */
const TASKSET = '/usr/bin/taskset';

/**
 * Starts `$1` loops and becomes the command that follows. They hold none of its pipes, belong to its process group, and end by themselves
 * where nobody ends the group: between two rounds of a few milliseconds each looks whether the command still lives. One that has ended
 * and that nobody has taken note of yet (state Z; for ever in a container without an init) lives no more.
 */
const LOOPS = [
  'n=$1; shift; i=0',
  'lives() { kill -0 $$ || return 1; [ -r /proc/$$/stat ] || return 0; read -r line </proc/$$/stat || return 1; case ${line##*) } in Z*) return 1;; esac; }',
  'while [ $i -lt $n ]; do',
  '(while lives; do k=0; while [ $k -lt 20000 ]; do k=$((k+1)); done; done) </dev/null >/dev/null 2>&1 3>&- &',
  'i=$((i+1)); done',
  'exec "$@"',
].join('\n');

/** How many processes with loops are bound to each core, in this worker. */
const bound = new Map<number, number>();

/** The cores that this process may use: a container or a machine's owner may allow some only. */
function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    return list.split(',').flatMap((range) => {
      const [first = NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
  } catch {
    return [];
  }
}

/** The core with the fewest loops of ours; of equal ones the last, since the first ones serve a machine's interrupts. */
function nextCore(): number | undefined {
  if (!existsSync(TASKSET)) return undefined;
  return allowedCores().toSorted((a, b) => (bound.get(a) ?? 0) - (bound.get(b) ?? 0) || b - a)[0];
}

/** Lets a process share one core with `loops` endless loops; where no process can be bound to a core, all cores get that many. */
export function cpuStress(loops: number): CpuStress {
  const core = nextCore();
  if (core !== undefined) bound.set(core, (bound.get(core) ?? 0) + 1);
  const count = core === undefined ? loops * availableParallelism() : loops;
  let held = true;
  return {
    around: ({ command, args }) => {
      const inner = ['-c', LOOPS, 'sh', String(count), command, ...args];
      return core === undefined
        ? { command: '/bin/sh', args: inner }
        : { command: TASKSET, args: ['-c', String(core), '/bin/sh', ...inner] };
    },
    release() {
      if (held && core !== undefined) bound.set(core, (bound.get(core) ?? 1) - 1);
      held = false;
    },
  };
}
