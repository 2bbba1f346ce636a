import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { DomainError } from '@testimony/contracts';
import { SECRET_SHAPES } from '@testimony/page';
import type { Session, SessionOptions, TestOutcome, TestToRun } from '../framework';
import { probe, probedUrl } from '../probe';
import { redactor } from '../redact';
import type { HostTest } from './protocol';
import { startTestProcess, type Ending, type ProcessSpec, type TestProcess } from './test-process';

type Language = 'node' | 'python';

/** Of V8's heap: enough for a test, small enough that a worker of many lanes survives one that leaks. */
const HEAP_LIMIT_MB = 512;
/**
 * New objects get little room before they are collected: measured over 125 small tests, 1 MB instead of the default 16 costs no
 * time and saves 12 MB a process.
 */
const YOUNG_HEAP_MB = 1;

/** `libs/frameworks`, from its source as from its build. */
const PACKAGE = resolve(__dirname, '..', '..');
const HOST = resolve(PACKAGE, 'dist', 'native', 'host-entry.js');
const PYTHON_HOST = resolve(__dirname, 'harness.py');

/**
 * Of util-linux: lets the kernel end a process with its parent. A host sees the end of its parent by itself, but not while a test
 * keeps it in an endless loop; where this program is missing, such a host stays until someone ends it.
 */
const SETPRIV = '/usr/bin/setpriv';
let setprivWorks: boolean | undefined;
function diesWithParent(): boolean {
  return (setprivWorks ??= process.platform === 'linux' && existsSync(SETPRIV) && basename(realpathSync(SETPRIV)) === 'setpriv');
}

let swcVersion: string | undefined;

function processSpec(language: Language, options: SessionOptions, mask: (text: string) => string): ProcessSpec {
  swcVersion ??= (createRequire(__filename)('@swc/core/package.json') as { version: string }).version;
  const setup = {
    root: options.root,
    cacheDir: options.cacheDir,
    swcVersion,
    services: options.services,
    secrets: options.secrets,
    secretShapes: SECRET_SHAPES,
  };
  const common = { cwd: options.root, environment: options.environment, setup, mask, heapLimitMb: HEAP_LIMIT_MB };
  if (language === 'python') return { ...common, command: 'python3', args: ['-u', '-B', PYTHON_HOST] };
  const flags = [
    `--max-old-space-size=${HEAP_LIMIT_MB}`,
    `--max-semi-space-size=${YOUNG_HEAP_MB}`,
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--disable-warning=ExperimentalWarning',
  ];
  const args = [...flags, HOST, options.cacheDir];
  if (diesWithParent()) return { ...common, command: SETPRIV, args: ['--pdeathsig', 'KILL', '--', process.execPath, ...args] };
  return { ...common, command: process.execPath, args };
}

function languageOf(file: string): Language {
  return file.endsWith('.py') ? 'python' : 'node';
}

interface Numbered {
  readonly test: TestToRun;
  readonly order: HostTest;
}

/** The longest run of tests from `at` that one process may take. */
function batchFrom(tests: readonly Numbered[], at: number): Numbered[] {
  const first = tests[at];
  if (!first) return [];
  if (first.test.isolated) return [first];
  const language = languageOf(first.test.file);
  let end = at + 1;
  for (let next = tests[end]; next && !next.test.isolated && languageOf(next.test.file) === language; next = tests[end]) end += 1;
  return tests.slice(at, end);
}

/** A lane of native modules: at most one warm process for each language, replaced whenever a test may have left something in it. */
export function nativeSession(options: SessionOptions): Session {
  if (!existsSync(HOST)) {
    throw new DomainError('not_built', `The native test host is missing at ${HOST}: build it with 'npm run build -w libs/frameworks'`, 500);
  }
  const mask = redactor(options.secrets);
  const warm = new Map<Language, TestProcess>();
  const alive = new Set<TestProcess>();
  let index = 0;
  let isClosed = false;

  const start = (language: Language): TestProcess => {
    const started = startTestProcess(processSpec(language, options, mask));
    alive.add(started);
    return started;
  };
  const end = async (ended: TestProcess): Promise<void> => {
    await ended.kill();
    alive.delete(ended);
  };
  const warmProcess = (language: Language): TestProcess => {
    const kept = warm.get(language);
    if (kept?.usable) return kept;
    const started = start(language);
    warm.set(language, started);
    return started;
  };

  const outcomeOf = async (test: TestToRun, ending: Ending): Promise<TestOutcome> => {
    if (ending.kind === 'lost') {
      const { startedAt, durationMs, reason, logs } = ending;
      return { key: test.key, outcome: 'lost', startedAt, durationMs, reason: mask(reason), requests: [], logs, artifacts: [] };
    }
    if (ending.kind === 'died') {
      const { startedAt, durationMs, logs } = ending;
      const failure = { class: ending.class, message: ending.message, file: test.file };
      return { key: test.key, outcome: 'failed', startedAt, durationMs, failure, requests: [], logs, artifacts: [] };
    }
    const { outcome, startedAt, durationMs, failure, reason, requests, unanswered } = ending.frame;
    const url = failure?.class === 'network' ? probedUrl(options.services, test.service, unanswered) : undefined;
    const probed = failure && url !== undefined ? { ...failure, probe: await probe(url) } : failure;
    return {
      key: test.key,
      outcome,
      startedAt,
      durationMs,
      ...(probed && { failure: probed }),
      ...(reason !== undefined && { reason }),
      requests,
      logs: ending.logs,
      artifacts: [],
    };
  };

  // A lane will be asked for native modules in Node most of the time: its process starts while the first work is fetched.
  warmProcess('node');

  return {
    async run(tests, report, signal) {
      if (isClosed) throw new DomainError('session_closed', 'This session is closed: open a new one', 500);
      const numbered = tests.map((test): Numbered => {
        index += 1;
        return { test, order: { index, service: test.service, file: test.file, timeoutMs: test.timeoutMs } };
      });
      let at = 0;
      // Outcomes keep their order although one may wait for its probe.
      let reports = Promise.resolve();
      const endings: Promise<void>[] = [];
      while (at < numbered.length && !signal.aborted && !isClosed) {
        const batch = batchFrom(numbered, at);
        const alone = batch[0]?.test.isolated === true;
        const language = languageOf(batch[0]?.test.file ?? '');
        const host = alone ? start(language) : warmProcess(language);
        // Killing the process ends its run; nothing more is reported then.
        const onAbort = (): void => void end(host);
        signal.addEventListener('abort', onAbort, { once: true });
        await host.run(
          batch.map(({ order }) => order),
          (order, ending) => {
            const test = batch.find((one) => one.order === order)?.test;
            at += 1;
            if (!test || signal.aborted) return;
            reports = reports.then(async () => {
              const outcome = await outcomeOf(test, ending);
              if (!signal.aborted) report(outcome);
            });
          },
        );
        signal.removeEventListener('abort', onAbort);
        // The next process starts while this one goes.
        if (alone || !host.usable) endings.push(end(host));
        await reports;
      }
      await Promise.all(endings);
    },
    async close() {
      isClosed = true;
      warm.clear();
      await Promise.all([...alive].map(end));
    },
  };
}
