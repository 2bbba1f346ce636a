import { spawn } from 'node:child_process';

/** Reads process group ids until its input ends, which is when the process that started it has died, and ends those groups. */
const SCRIPT = `
groups=
while read -r group; do groups="$groups $group"; done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
tries=0
while [ "$tries" -lt 100 ]; do
  alive=
  for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && alive=1; done
  [ -n "$alive" ] || exit 0
  tries=$((tries + 1))
  sleep 0.1
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

export interface Watchdog {
  /** Ends this group too, should this process die. */
  watch(pgid: number): void;
  /** Not needed any more: whoever calls this has ended the groups. */
  dismiss(): void;
}

/**
 * A small shell that outlives this process, so that services which were started end with it however it dies: a process
 * that is killed by force can end nothing itself.
 */
export function startWatchdog(): Watchdog {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  // Without a shell nothing can be watched; the next run still sweeps what was left.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  return {
    watch: (pgid) => void child.stdin.write(`${pgid}\n`),
    dismiss: () => {
      child.kill('SIGKILL');
      child.stdin.destroy();
    },
  };
}
