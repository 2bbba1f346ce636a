// The product as a black box: the built command line over a lab, and what it printed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);
require('../../lab/typescript.cjs');
export const { openLab, writeLab } = require('../../lab/index.ts');
export const { seededRandom } = require('../../lab/random.ts');
export const { startTemporaryPostgres } = require('@testimony/local-postgres');
export const root = resolve(import.meta.dirname, '../../..');
/** The built program, or another one under the same name. */
export const E2E = process.env.TESTIMONY_E2E ?? join(root, 'services/cli/bin/e2e');

/** Runs `e2e` in a lab's project; `lines` are its stdout as JSON, one document a line. */
export async function e2e(lab, words, { limitMs = 3_600_000 } = {}) {
  if (!existsSync(E2E)) throw new Error('the program is not built: npm run build');
  const began = performance.now();
  const { DATABASE_URL: _database, ...env } = process.env;
  const child = spawn(E2E, [...words, '-p', lab.project], {
    cwd: lab.project,
    env: { ...env, NO_COLOR: '1', CI: '1', ...lab.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = [];
  let err = '';
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => (err = (err + chunk).slice(-20_000)));
  const timer = setTimeout(() => child.kill('SIGTERM'), limitMs);
  const code = await new Promise((done) => child.once('close', done));
  clearTimeout(timer);
  const lines = Buffer.concat(out)
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{') || line.startsWith('['))
    .map((line) => JSON.parse(line));
  return { code, err, lines, seconds: (performance.now() - began) / 1000 };
}

/** A run of all tests: what was attempted and decided, by test id (which for a native module is `<service>/<name>`). */
export async function run(lab, words = []) {
  const ended = await e2e(lab, ['autonomous-run', '--json', ...words]);
  const requested = ended.lines.find((line) => line.kind === 'requested');
  if (!requested) throw new Error(`autonomous-run ended with ${ended.code}: ${ended.err.slice(-1500)}`);
  const attempts = Map.groupBy(
    ended.lines.filter((line) => line.kind === 'attempted').map((line) => line.data),
    (a) => a.testId,
  );
  const decided = new Map(ended.lines.filter((line) => line.kind === 'decided').map((line) => [line.data.testId, line.data]));
  return {
    ...ended,
    executionId: requested.executionId,
    attempts,
    decided,
    failedOnce: (id) => (attempts.get(id) ?? []).some((a) => a.outcome === 'failed' && a.conditions.revision !== 'base'),
  };
}

/** Writes, serves and ends a lab for each seed; labs share one database server. */
export async function forEachLab({ seeds, tell }, options, work) {
  const postgres = await startTemporaryPostgres();
  try {
    for (const seed of seeds) {
      const folder = mkdtempSync(join(tmpdir(), 'testimony-bench-lab-'));
      try {
        writeLab({ seed, folder, ...options });
        const lab = await openLab(folder, { databaseUrl: postgres.url });
        try {
          tell(`seed ${seed}: ${folder}`);
          await work(lab, seed);
        } finally {
          await lab.close();
        }
      } finally {
        while (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
      }
    }
  } finally {
    await postgres.stop();
  }
}
