// The peer that every runner offers: a failed test is run again, up to three times, and any pass makes it green. It runs in the same lab with the same four lanes.
const LANES = 4;

export async function plainRerun(lab, { reruns = 3 } = {}) {
  const left = [...lab.truth.tests];
  const verdicts = new Map();
  let attempts = 0;
  const lanes = Array.from({ length: LANES }, () => lab.lane('head'));
  await Promise.all(
    lanes.map(async (lane) => {
      for (let test = left.shift(); test; test = left.shift()) {
        let failed = 0;
        let passed = false;
        while (!passed && failed <= reruns) {
          attempts += 1;
          passed = (await lane.run(test)).passed;
          if (!passed) failed += 1;
        }
        verdicts.set(test.id, { verdict: !passed ? 'failed' : failed > 0 ? 'flaky' : 'passed', failedOnce: failed > 0 });
      }
    }),
  );
  await Promise.all(lanes.map((lane) => lane.close()));
  return { verdicts, attempts };
}

/** Each test `runs` times: flaky when it both failed and passed. */
export async function rerunDetection(lab, runs) {
  const left = [...lab.truth.tests];
  const flaky = new Set();
  const lanes = Array.from({ length: LANES }, () => lab.lane('head'));
  await Promise.all(
    lanes.map(async (lane) => {
      for (let test = left.shift(); test; test = left.shift()) {
        let failed = 0;
        for (let n = 0; n < runs; n++) if (!(await lane.run(test)).passed) failed += 1;
        if (failed > 0 && failed < runs) flaky.add(test.id);
      }
    }),
  );
  await Promise.all(lanes.map((lane) => lane.close()));
  return flaky;
}
