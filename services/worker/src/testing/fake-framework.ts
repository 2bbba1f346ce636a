import type { Framework, TestOutcome, TestToRun } from '@testimony/frameworks';

/** A framework whose tests do what their file is called: `pass`, `fail`, `block` (until it is killed), `silent` (gives no result), `break`. */
export const fakeFramework: Framework = {
  name: 'fake',
  conditions: ['order', 'randomSeed'],
  discover: () => Promise.resolve({ tests: [], problems: [] }),
  open: () => ({
    async run(tests, report, signal) {
      for (const test of tests) {
        // As a real one: a test takes at least a turn of the loop.
        await new Promise((resolve) => setImmediate(resolve));
        if (signal.aborted) return;
        if (test.file === 'break') throw new Error('no process could be started');
        if (test.file === 'block') return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
        if (test.file !== 'silent') report(outcomeOf(test));
      }
    },
    close: () => Promise.resolve(),
  }),
};

function outcomeOf(test: TestToRun): TestOutcome {
  const failed = test.file === 'fail';
  return {
    key: test.key,
    outcome: failed ? 'failed' : 'passed',
    startedAt: new Date().toISOString(),
    durationMs: 1,
    ...(failed ? { failure: { class: 'assertion', message: 'expected 1, got 2' } } : {}),
    requests: [],
    logs: [JSON.stringify(test.conditions)],
    artifacts: [],
  };
}
