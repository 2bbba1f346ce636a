import type { Interruption } from './world';

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Stop = keyof typeof CODES;

/** What of `process` this needs, so that a spec can hand in its own. */
export interface SignalSource {
  on(signal: Stop, listener: (signal: Stop) => void): unknown;
  exit(code: number): void;
}

export interface SignalInterruption extends Interruption {
  /** Does now what was registered for a sudden end. */
  lastActions(): void;
}

/** The first signal asks politely, through `signal`; the second ends the process at once, after the last actions. */
export function interruptionBySignals(source: SignalSource, warn: (text: string) => void): SignalInterruption {
  const controller = new AbortController();
  const actions = new Set<() => void>();
  let exitCode: number | undefined;
  const lastActions = (): void => {
    for (const action of actions) {
      try {
        action();
      } catch (error) {
        warn(`${String(error)}\n`);
      }
    }
  };
  const stop = (signal: Stop): void => {
    if (exitCode === undefined) {
      exitCode = CODES[signal];
      controller.abort(new Error(`stopped by ${signal}`));
      return;
    }
    lastActions();
    source.exit(CODES[signal]);
  };
  for (const signal of Object.keys(CODES) as Stop[]) source.on(signal, stop);
  return {
    signal: controller.signal,
    lastActions,
    exitCode: () => exitCode,
    atSecond: (action) => {
      actions.add(action);
      return () => actions.delete(action);
    },
  };
}
