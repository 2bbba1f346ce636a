import type { Circumstance } from '../flaky/shape';
import type { Measured, TestTruth } from '../truth';
import type { Lane, LaneOptions, RunResult } from './lanes';

/** Of a lab, what this needs. */
export interface Stage {
  readonly tests: readonly TestTruth[];
  lane(options?: Pick<LaneOptions, 'timeZone' | 'cpuStress'>): Lane;
  setLatency(ms: number): Promise<void>;
}

/** Loops on the test's core where the circumstance names no number. */
const STRESS = 4;
const LATENCY_MS = 100;

/** Runs a planted flaky test so often under a circumstance. */
export async function runUnder(stage: Stage, test: TestTruth, circumstance: Circumstance, runs: number): Promise<Measured> {
  const results: RunResult[] = [];
  const other = (id: string): TestTruth => {
    const found = stage.tests.find((t) => t.id === id);
    if (!found) throw new Error(`the lab has no test ${id}`);
    return found;
  };
  /** `runs` times in one lane. */
  const repeat = async (
    options: Parameters<Stage['lane']>[0],
    once: (lane: Lane, n: number) => Promise<RunResult>,
    times = runs,
  ): Promise<void> => {
    const lane = stage.lane(options);
    try {
      for (let n = 0; n < times; n++) results.push(await once(lane, n));
    } finally {
      await lane.close();
    }
  };
  switch (circumstance.kind) {
    case 'repeat':
      await repeat({}, (lane) => lane.run(test));
      break;
    case 'latency':
      await stage.setLatency(circumstance.latencyMs ?? LATENCY_MS);
      try {
        await repeat({}, (lane) => lane.run(test));
      } finally {
        await stage.setLatency(0);
      }
      break;
    case 'cpu':
      await repeat({ cpuStress: circumstance.cpuStress ?? STRESS }, (lane) => lane.run(test));
      break;
    case 'clock':
      await repeat({}, (lane) => lane.run(test, circumstance.clock ? { clock: circumstance.clock } : {}));
      break;
    case 'random_seed':
      await repeat({}, (lane, n) => lane.run(test, { randomSeed: n + 1 }));
      break;
    case 'time_zone': {
      const zones = circumstance.timeZones ?? [];
      for (const timeZone of zones) await repeat({ timeZone }, (lane) => lane.run(test), Math.ceil(runs / zones.length));
      break;
    }
    case 'order':
      await repeat({}, async (lane) => {
        await lane.run(other(test.flaky?.polluter ?? ''));
        return lane.run(test);
      });
      break;
    case 'concurrency': {
      const rivals = (test.flaky?.rivals ?? []).map((id) => ({ rival: other(id), lane: stage.lane() }));
      try {
        await repeat({}, async (lane) => {
          const disturbed = rivals.map(({ rival, lane: its }) => its.run(rival));
          const result = await lane.run(test);
          await Promise.all(disturbed);
          return result;
        });
      } finally {
        await Promise.all(rivals.map(({ lane }) => lane.close()));
      }
      break;
    }
  }
  return { runs: results.length, failed: results.filter((r) => !r.passed).length };
}
