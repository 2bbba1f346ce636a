import { attempts } from '../detection/attempts';
import { newSubject, observe } from '../detection/subject';
import { simulated, testCaseOf, type SimulatedTest } from '../testing/simulated';
import { reproduce, type Reproduction } from './reproduce';

const ZONE = { slot: 'time zone', kind: 'timeZone', conditions: { isolated: true, timeZone: 'Pacific/Pago_Pago' } } as const;

/** A failure in another time zone was seen; then the original text is tried. */
async function reproduced(fails: SimulatedTest['fails'], seed: number): Promise<Reproduction> {
  const test: SimulatedTest = { id: 'a', fails };
  const tests = new Map([['a', testCaseOf(test)]]);
  const subject = observe(newSubject(testCaseOf(test), [{ pattern: 'time_dependent', probability: 0.8 }]), ZONE, { outcome: 'failed' });
  const found = await reproduce({
    attempts: attempts(simulated([test], seed), tests, 500),
    tests,
    subject,
    company: [],
    ordinary: { runs: 0, failed: 0 },
    isLike: () => true,
    now: new Date('2026-05-13T14:00:00.000Z'),
    seed,
  });
  if (found.kind !== 'reproduced') throw new Error(found.evidence.evidence);
  return found.found;
}

describe('the condition that a proof names', () => {
  it('is the one under which it fails, seen beside as many ordinary runs as make chance unlikely', async () => {
    const { setting, stressed, normal } = await reproduced(({ conditions }) => conditions.timeZone !== undefined, 1);
    expect(setting.kind).toBe('timeZone');
    expect(stressed.failed).toBe(stressed.runs);
    expect(normal.failed).toBe(0);
    expect(normal.runs).toBeGreaterThanOrEqual(2);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is none when it fails by chance, whatever it was seen under first (seed %i)', async (seed) => {
    const { setting, normal, failures } = await reproduced(({ random }) => random() < 0.6, seed);
    expect(setting.kind).toBe('alone');
    expect(normal.failed).toBeGreaterThanOrEqual(2);
    expect(failures.length).toBeGreaterThanOrEqual(2);
  });
});
