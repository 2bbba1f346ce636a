// 500 small HTTP tests with 4 workers, everything included, beside other runners doing the same requests in the same run.
// `node test/bench/runner/bench.mjs [rounds]` after `npm ci --prefix test/bench`. Prints the machine, medians and spread.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { machine, measure, median } from './measure.mjs';
import { TESTS, writeProjects } from './projects.mjs';

const rounds = Number(process.argv[2] ?? 5);
const bench = resolve(import.meta.dirname, '..');
const root = resolve(bench, '../..');
const work = join(bench, '.work/runner');
const node = process.execPath;
const benchRequire = createRequire(join(bench, 'package.json'));
const packageBin = (name, bin) => join(dirname(benchRequire.resolve(`${name}/package.json`)), bin);

if (spawnSync(join(root, 'e2e'), ['--version'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) process.exit(3);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const server = spawn(node, [join(import.meta.dirname, 'server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
const port = await new Promise((done) => server.stdout.once('data', (d) => done(Number(d))));
writeProjects(work, port, benchRequire.resolve('@swc/jest'));

const e2e = join(root, 'services/cli/bin/e2e');
const plan = spawnSync(e2e, ['plan-strategy', '-n', 'bench', '-p', join(work, 'testimony')], { encoding: 'utf8' });
if (plan.status !== 0) throw new Error(plan.stderr);

const runners = {
  testimony: {
    cwd: join(work, 'testimony'),
    command: `${e2e} autonomous-run -s "$(cat strategies/latest.txt)" -j 4 --no-healing -p .`,
    firstResult: /✓ items/,
    passed: /500 passed/,
  },
  'jest + swc': {
    cwd: join(work, 'jest'),
    command: `${node} ${packageBin('jest', 'bin/jest.js')} --config jest.config.cjs`,
    firstResult: /PASS /,
    passed: /500 passed/,
  },
  vitest: {
    cwd: join(work, 'vitest'),
    command: `${node} ${packageBin('vitest', 'vitest.mjs')} run --pool=forks --maxWorkers=4 --reporter=verbose`,
    firstResult: /✓/,
    passed: /500 passed/,
  },
  'vitest, no isolation': {
    cwd: join(work, 'vitest'),
    command: `${node} ${packageBin('vitest', 'vitest.mjs')} run --pool=forks --maxWorkers=4 --no-isolate --reporter=verbose`,
    firstResult: /✓/,
    passed: /500 passed/,
  },
  playwright: {
    cwd: join(work, 'playwright'),
    command: `${node} ${packageBin('@playwright/test', 'cli.js')} test`,
    firstResult: /✓|ok /,
    passed: /500 passed/,
  },
  'node:test': {
    cwd: join(work, 'node'),
    command: `${node} --test --test-concurrency=4 --test-reporter=spec '*.test.ts'`,
    firstResult: /✔/,
    passed: /pass 500/,
  },
};

async function once(name, memory) {
  const runner = runners[name];
  const result = await measure({ ...runner, env: { NO_COLOR: '1', CI: '1', FORCE_COLOR: undefined, NODE_OPTIONS: '' }, memory });
  if (result.code !== 0 || !runner.passed.test(result.output))
    throw new Error(`${name} did not pass ${TESTS} tests:\n${result.output.slice(-2000)}`);
  return result;
}

console.log(machine());
console.log(`${TESTS} tests, 2 requests and 3 assertions each, 4 workers; ${rounds} rounds in turn after one warm-up; median (min-max)\n`);
const names = process.env.ONLY ? Object.keys(runners).filter((n) => process.env.ONLY.split(',').includes(n)) : Object.keys(runners);
const all = Object.fromEntries(names.map((n) => [n, []]));
const peak = {};
try {
  for (const name of names) await once(name, false);
  for (let round = 0; round < rounds; round++) for (const name of names) all[name].push(await once(name, false));
  for (const name of names) peak[name] = (await once(name, true)).memory;
} finally {
  server.stdin.end();
}
const show = (values, digits = 2) =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`;
console.log(['runner'.padEnd(22), 'wall s'.padEnd(20), 'CPU s'.padEnd(20), 'first result s'.padEnd(20), 'private MiB'].join(''));
for (const name of names) {
  const of = (key) => all[name].map((r) => r[key]);
  console.log(
    [name.padEnd(22), show(of('wall')).padEnd(20), show(of('cpu')).padEnd(20), show(of('first')).padEnd(20), peak[name].toFixed(0)].join(
      '',
    ),
  );
}
console.log(
  '\nprivate MiB: peak over the process tree, the embedded database apart. First result: when the output first names a finished test.',
);
rmSync(work, { recursive: true, force: true });
