import { DomainError, type TestCase } from '@testimony/contracts';
import type { Experiments } from '../api';
import type { Trial, TrialOutcome } from '../experiments';

/** Makes attempts and counts them. */
export interface Attempts {
  /** How many may still be made. */
  readonly left: () => number;
  /** Runs lanes side by side and answers lane by lane, in their order. Throws `runs-spent` when more than are left are asked for. */
  run(question: string, lanes: readonly (readonly Trial[])[]): Promise<TrialOutcome[][]>;
}

class RunsSpent extends DomainError {
  constructor(asked: number, left: number) {
    super('runs-spent', `${asked} more attempts are needed, but only ${left} are left; allow more of them.`);
  }
}

export function attempts(experiments: Experiments, tests: ReadonlyMap<string, TestCase>, most: number, signal?: AbortSignal): Attempts {
  let left = most;
  return {
    left: () => left,
    async run(question, lanes) {
      signal?.throwIfAborted();
      const asked = lanes.reduce((sum, lane) => sum + lane.length, 0);
      if (asked === 0) return [];
      if (asked > left) throw new RunsSpent(asked, left);
      left -= asked;
      const ids = new Set(lanes.flatMap((lane) => lane.map(({ testId }) => testId)));
      const known = [...ids].map((id) => tests.get(id)).filter((test) => test !== undefined);
      const outcomes = await experiments.run({ question, tests: known, trials: lanes, ...(signal && { signal }) });
      if (outcomes.length !== asked) throw new Error(`an experiment answered ${outcomes.length} of ${asked} trials`);
      let from = 0;
      return lanes.map((lane) => outcomes.slice(from, (from += lane.length)));
    },
  };
}
