import { isAbsolute, relative, resolve } from 'node:path';
import type { Artifact } from '@testimony/contracts';
import { DomainError } from '@testimony/contracts';
import type { StackView } from '../failure';
import { withoutColours } from '../failure';
import type { Session, SessionOptions, TestOutcome, TestToRun } from '../framework';
import { MOST_LOG_BYTES, MOST_LOG_LINES } from '../native/protocol';
import { probe, probedUrl } from '../probe';
import { redactor } from '../redact';
import { keyOf, type EndedTest } from './frames';
import { NOT_INSTALLED, playwrightCli } from './installation';
import { playwrightFailure } from './playwright-failure';
import { startPlaywright, type PlaywrightEnd, type PlaywrightProcess } from './process';

/** Playwright ends a slow test by itself and tears its fixtures down; a process that is still at it later is stuck. */
const GRACE_MS = 2000;
/** From the start of the process to its first test: loading specs, global set-up, web servers. */
const START_LIMIT_MS = 120_000;

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** Playwright's own title of a test: describes and title with spaces; the browser project is chosen by `--project`. */
function projectOf(test: TestToRun): string | undefined {
  return /^\[(.*)\]$/.exec(test.titlePath[0] ?? '')?.[1];
}

function titlesOf(test: TestToRun): string {
  return test.titlePath.slice(projectOf(test) === undefined ? 0 : 1).join(' ');
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** Arguments that make Playwright run these tests; a few more of the same titles may match, their reports are dropped. */
export function selectionArguments(tests: readonly TestToRun[]): string[] {
  const titles = unique(tests.map(titlesOf)).map(escaped).join('|');
  const projects = unique(tests.flatMap((test) => projectOf(test) ?? []));
  return [
    ...unique(tests.map(({ file }) => `(^|/)${escaped(file)}$`)),
    `--grep=/ (?:${titles})(?: @[^ ]+)*$/`,
    ...projects.map((project) => `--project=${project}`),
  ];
}

/** The longest run of tests from `at` that one process may take: of one service, because a process has one base URL. */
function batchFrom(tests: readonly TestToRun[], at: number): TestToRun[] {
  const first = tests[at];
  if (!first) return [];
  if (first.isolated) return [first];
  let end = at + 1;
  const keys = new Set([keyOf(first)]);
  for (let next = tests[end]; next && !next.isolated && next.service === first.service && !keys.has(keyOf(next)); next = tests[end]) {
    keys.add(keyOf(next));
    end += 1;
  }
  return tests.slice(at, end);
}

/** A lane of Playwright tests: one process for each run of tests of one service. */
export function playwrightSession(options: SessionOptions): Session {
  const { root, services } = options;
  const mask = redactor(options.secrets);
  const view: StackView = { root, ours: (file) => /(?:^|\/)node_modules\/(?:@playwright|playwright|playwright-core)\//.test(file) };
  const running = new Set<PlaywrightProcess>();
  let runs = 0;
  let isClosed = false;

  const environmentFor = (service: string): Record<string, string> => {
    const baseUrl = services[service]?.baseUrl;
    const named = Object.entries(services).flatMap(([name, target]) =>
      target.baseUrl === undefined
        ? []
        : [[`TESTIMONY_BASE_URL_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`, target.baseUrl] as const],
    );
    return {
      ...options.environment,
      ...Object.fromEntries(named),
      // Playwright itself takes this one for `use.baseURL` where the configuration says nothing.
      ...(baseUrl !== undefined && { PLAYWRIGHT_TEST_BASE_URL: baseUrl, TESTIMONY_BASE_URL: baseUrl }),
      PWTEST_CACHE_DIR: resolve(options.cacheDir, 'playwright'),
    };
  };

  const logsOf = (test: EndedTest): string[] => {
    const attached = test.attachments.flatMap(({ name, body }) => (body === undefined ? [] : [`attachment ${name}: ${body}`]));
    const lines = [...test.output, ...test.steps.map((step) => `step: ${step}`), ...attached].map((line) => mask(withoutColours(line)));
    let bytes = 0;
    const kept = lines.slice(0, MOST_LOG_LINES).filter((line) => (bytes += line.length) <= MOST_LOG_BYTES);
    return kept.length === lines.length ? kept : [...kept, '(more output was cut)'];
  };

  /** Relative to the artifact store, so that a report can link to it wherever the store is later. */
  const belowArtifacts = (path: string): string => {
    const below = relative(options.artifactDir, path);
    return below.startsWith('..') || isAbsolute(below) ? path : below;
  };

  const outcomeOf = async (key: string, service: string, test: EndedTest): Promise<TestOutcome> => {
    const artifacts: Artifact[] = test.attachments.flatMap(({ name, path, contentType }) =>
      path === undefined ? [] : [{ name, path: belowArtifacts(path), contentType }],
    );
    const common = { key, startedAt: test.startedAt, durationMs: test.durationMs, requests: [], logs: logsOf(test), artifacts };
    if (test.status === 'skipped') return { ...common, outcome: 'skipped', reason: mask(test.skip ?? 'skipped by Playwright') };
    if (test.status === test.expectedStatus) return { ...common, outcome: 'passed' };
    const failure = playwrightFailure(test, view, mask);
    const url =
      failure.class === 'network'
        ? probedUrl(services, service, /https?:\/\/[^\s"']+/.exec(failure.stack ?? failure.message)?.[0])
        : undefined;
    return { ...common, outcome: 'failed', failure: url === undefined ? failure : { ...failure, probe: await probe(url) } };
  };

  /** Runs one process and reports what it could; returns the tests that it did not get to because of one that was killed. */
  const runProcess = async (
    cli: string,
    tests: readonly TestToRun[],
    report: (outcome: TestOutcome) => void,
    signal: AbortSignal,
  ): Promise<TestToRun[]> => {
    runs += 1;
    const waiting = new Map(tests.map((test) => [keyOf(test), test]));
    const errors: string[] = [];
    let current: { key: string; since: number } | undefined;
    let stuck: TestToRun | undefined;
    let reports = Promise.resolve();
    const output = resolve(options.artifactDir, `playwright-${process.pid}-${Date.now().toString(36)}-${runs}`);
    const args = [
      ...selectionArguments(tests),
      '--workers=1',
      '--retries=0',
      '--max-failures=0',
      '--trace=retain-on-failure',
      `--output=${output}`,
      '--pass-with-no-tests',
    ];
    let timer: NodeJS.Timeout | undefined;
    const killAfter = (limitMs: number, test: TestToRun | undefined): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        stuck = test;
        if (!test) errors.push(`Playwright ran no test within ${START_LIMIT_MS / 1000} s`);
        started.kill();
      }, limitMs);
    };
    const started = startPlaywright({ cli, root, args, environment: environmentFor(tests[0]?.service ?? '') }, (frame) => {
      if (frame.type === 'error') {
        const { message, value, stack } = frame.error;
        errors.push(withoutColours(message ?? value ?? stack ?? 'an error without a message'));
      } else if (frame.type === 'begin') {
        const key = keyOf(frame);
        const test = waiting.get(key);
        current = { key, since: Date.now() };
        if (test) killAfter(test.timeoutMs + GRACE_MS, test);
      } else if (frame.type === 'end') {
        const key = keyOf(frame.test);
        const test = waiting.get(key);
        current = undefined;
        killAfter(START_LIMIT_MS, undefined);
        // Interrupted tests have no answer; their process is being killed.
        if (!test || frame.test.status === 'interrupted') return;
        waiting.delete(key);
        reports = reports.then(async () => {
          const outcome = await outcomeOf(test.key, test.service, frame.test);
          if (!signal.aborted) report(outcome);
        });
      }
    });
    running.add(started);
    killAfter(START_LIMIT_MS, undefined);
    const abort = (): void => started.kill();
    signal.addEventListener('abort', abort, { once: true });
    const end = await started.ended;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    running.delete(started);
    await reports;
    if (signal.aborted || isClosed) return [];
    const since = current?.since ?? Date.now();
    const facts = {
      startedAt: new Date(since).toISOString(),
      durationMs: Date.now() - since,
      requests: [],
      logs: end.printed.map((line) => mask(withoutColours(line))),
      artifacts: [],
    };
    const hit = stuck ?? (current && waiting.get(current.key));
    if (hit) {
      waiting.delete(keyOf(hit));
      if (stuck) {
        const message = `the test did not end within ${hit.timeoutMs} ms, and Playwright could not stop it: an endless loop?`;
        report({ key: hit.key, outcome: 'failed', ...facts, failure: { class: 'timeout', message, file: hit.file } });
      } else if (end.signal === 'SIGKILL') {
        report({
          key: hit.key,
          outcome: 'lost',
          ...facts,
          reason: 'Playwright was killed from outside (SIGKILL), as a machine does that runs out of memory',
        });
      } else {
        report({
          key: hit.key,
          outcome: 'failed',
          ...facts,
          failure: { class: 'other', message: `Playwright ${endedHow(end)} before the test had finished`, file: hit.file },
        });
      }
      return [...waiting.values()];
    }
    for (const test of waiting.values()) {
      const said = errors[0];
      const message =
        said !== undefined
          ? `Playwright could not run the test: ${said.split('\n')[0] ?? ''}`
          : end.code === 0
            ? `Playwright finds no test '${test.titlePath.join(' > ')}' in ${test.file} any more: plan again`
            : `Playwright ${endedHow(end)} and did not run the test`;
      report({
        key: test.key,
        outcome: 'failed',
        ...facts,
        failure: {
          class: 'other',
          message: mask(message),
          ...(said !== undefined && { stack: mask(said.slice(0, 8000)) }),
          file: test.file,
        },
      });
    }
    return [];
  };

  return {
    async run(tests, report, signal) {
      if (isClosed) throw new DomainError('session_closed', 'This session is closed: open a new one', 500);
      const cli = playwrightCli(root);
      for (let at = 0; at < tests.length && !signal.aborted && !isClosed;) {
        let batch = batchFrom(tests, at);
        at += batch.length;
        if (cli === undefined) {
          for (const { key } of batch)
            report({
              key,
              outcome: 'lost',
              startedAt: new Date().toISOString(),
              durationMs: 0,
              reason: `the project ${NOT_INSTALLED}`,
              requests: [],
              logs: [],
              artifacts: [],
            });
          continue;
        }
        while (batch.length > 0 && !signal.aborted && !isClosed) batch = await runProcess(cli, batch, report, signal);
      }
    },
    async close() {
      isClosed = true;
      const ends = [...running].map((started) => {
        started.kill();
        return started.ended;
      });
      await Promise.all(ends);
    },
  };
}

function endedHow({ code, signal }: PlaywrightEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
