import { momentsNear, zoneOfAnotherDay } from './clocks';
import { ALONE, type Setting } from './setting';

/**
 * How hard a test is pressed. Strong: of the order that a busy build machine or a far region shows (a quarter of a core; 100 ms, the
 * round trip between continents). Mild: what any correct test must bear, however it limits times (half a core; the round trip within a region).
 */
const PRESSURES = {
  'cpu stress': { kind: 'cpuStress', conditions: { cpuStress: 3 }, mild: 'mild cpu stress' },
  latency: { kind: 'latency', conditions: { latencyMs: 100 }, mild: 'mild latency' },
  'mild cpu stress': { kind: 'cpuStress', conditions: { cpuStress: 1 } },
  'mild latency': { kind: 'latency', conditions: { latencyMs: 15 } },
} as const;

export interface Choice extends Setting {
  /** After a failure: what tells whether the test is entitled to fail so. */
  readonly check?: Setting;
  /** Only a failure that speaks of time needs the check. */
  readonly only?: 'when limits time';
}

/** The ways in which one test can be tried by itself. `seed` makes the random numbers of the n-th try. */
export function menu(now: Date, durationMs: number, seed: number): Choice[] {
  const pressed = (slot: 'cpu stress' | 'latency'): Choice => {
    const { kind, conditions, mild } = PRESSURES[slot];
    return {
      slot,
      kind,
      conditions: { isolated: true, ...conditions },
      check: { slot: mild, kind, conditions: { isolated: true, ...PRESSURES[mild].conditions } },
      only: 'when limits time',
    };
  };
  const clocks = momentsNear(now, durationMs).map(({ name, at, control, timeZone }): Choice => {
    const clockAt = (moment: Date): Setting['conditions'] => ({ isolated: true, clock: moment.toISOString(), timeZone });
    return {
      slot: `clock: ${name}`,
      kind: 'clock',
      conditions: clockAt(at),
      check: { slot: `clock: as far as ${name}`, kind: 'clock', conditions: clockAt(control) },
    };
  });
  return [
    ALONE,
    pressed('cpu stress'),
    pressed('latency'),
    { slot: 'random seed', kind: 'randomSeed', conditions: { isolated: true, randomSeed: seed } },
    { slot: 'time zone', kind: 'timeZone', conditions: { isolated: true, timeZone: zoneOfAnotherDay(now) } },
    ...clocks,
  ];
}
