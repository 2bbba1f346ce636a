// Runs all rules and suites through nx (cached where nothing has changed) and ends with one line
// `N passed, N failed, N skipped` over all suites. A rule (format, lint, boundaries, unused) counts as one test.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const nxPackage = createRequire(import.meta.url).resolve('nx/package.json');
const nx = join(dirname(nxPackage), JSON.parse(readFileSync(nxPackage, 'utf8')).bin.nx);
const environment = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
const rules = ['format-check', 'boundaries', 'unused', 'lint'];
const count = { passed: 0, failed: 0, skipped: 0 };

function run(args) {
  const r = spawnSync(process.execPath, [nx, ...args], { cwd: root, env: environment, stdio: 'inherit' });
  return r.status === 0;
}

for (const rule of rules) {
  console.log(`\n--- ${rule}`);
  count[run(['run', `workspace:${rule}`, '--output-style=static']) ? 'passed' : 'failed'] += 1;
}

const results = () =>
  globSync('{libs,services,samples}/*/.check/jest.json', { cwd: root }).concat(
    existsSync(join(root, 'test/.check/jest.json')) ? ['test/.check/jest.json'] : [],
  );
for (const file of results()) rmSync(join(root, file));

console.log('\n--- tests');
// One package at a time: two cores, and each suite starts servers of its own.
const green = run(['run-many', '-t', 'test', '--parallel=1', '--output-style=static', '--nxBail=false']);
let reds = 0;
for (const file of results()) {
  const suite = JSON.parse(readFileSync(join(root, file), 'utf8'));
  const brokenFiles = suite.testResults.filter((t) => t.status === 'failed' && t.assertionResults.every((a) => a.status !== 'failed'));
  count.passed += suite.numPassedTests;
  count.failed += suite.numFailedTests + brokenFiles.length;
  count.skipped += suite.numPendingTests + suite.numTodoTests;
  reds += suite.numFailedTests + brokenFiles.length;
  for (const t of brokenFiles) console.log(`FAILED TO RUN ${t.name}\n${t.message.slice(0, 2000)}`);
  for (const t of suite.testResults) {
    for (const a of t.assertionResults) {
      if (a.status === 'failed')
        console.log(`FAILED ${file.split('/.check')[0]}: ${a.fullName}\n${(a.failureMessages[0] ?? '').slice(0, 1500)}\n`);
      if (a.status === 'pending') console.log(`skipped ${file.split('/.check')[0]}: ${a.fullName}`);
    }
  }
}
if (!green && reds === 0) {
  console.log('A suite ended without telling its results; see above.');
  count.failed += 1;
}
console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed === 0 ? 0 : 1);
