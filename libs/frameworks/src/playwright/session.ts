import { isAbsolute, relative, resolve } from 'node:path';
import type { Artifact } from '@testimony/contracts';
import { DomainError } from '@testimony/contracts';
import type { StackView } from '../failure';
import { withoutColours } from '../failure';
import { cpuStress, type CpuStress } from '../conditions/cpu-stress';
import { groupFrom } from '../conditions/grouping';
import { refusal } from '../conditions/refusal';
import { openWire, type Wire } from '../conditions/wire/wire';
import type { Framework, Session, SessionOptions, TestOutcome, TestToRun } from '../framework';
import { finishedOutcome, lostOutcome } from '../outcome';
import { MOST_LOG_BYTES, MOST_LOG_LINES } from '../native/protocol';
import { redactor } from '../redact';
import { escaped } from './escaped';
import { keyOf, type EndedTest } from './frames';
import { NOT_INSTALLED, playwrightCli } from './installation';
import { playwrightFailure } from './playwright-failure';
import { startPlaywright, type PlaywrightEnd, type PlaywrightProcess } from './process';

/** Playwright ends a slow test by itself and tears its fixtures down; a process that is still at it later is stuck. */
const GRACE_MS = 2000;
/** From the start of the process to its first test: loading specs, global set-up, web servers. */
const START_LIMIT_MS = 120_000;

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

/** Stands for all tests of a file that could not be loaded when it was planned (discovery.ts). */
function isWholeFile({ titlePath }: TestToRun): boolean {
  return titlePath.length === 0;
}

/** Arguments that make Playwright run these tests; a few more of the same titles may match, their reports are dropped. */
export function selectionArguments(tests: readonly TestToRun[]): string[] {
  const [whole] = tests.filter(isWholeFile);
  // Whether it loads is all there is to find out: tests that it turns out to hold are in no plan.
  if (whole) return [`(^|/)${escaped(whole.file)}$`, '--list'];
  const titles = unique(tests.map(titlesOf)).map(escaped).join('|');
  const projects = unique(tests.flatMap((test) => projectOf(test) ?? []));
  return [
    ...unique(tests.map(({ file }) => `(^|/)${escaped(file)}$`)),
    `--grep=/ (?:${titles})(?: @[^ ]+)*$/`,
    ...projects.map((project) => `--project=${project}`),
  ];
}

/** What this framework can bring about beside `isolated` and `revision`. Playwright orders the tests of its files itself. */
export const PLAYWRIGHT_CONDITIONS: Framework['conditions'] = ['cpuStress', 'latencyMs', 'timeZone', 'mutation'];

/** What a wire counts and remembers belongs to one test, and where one test ends and the next begins is heard too late: it has a process alone. */
function needsWire({ conditions }: TestToRun): boolean {
  return conditions.latencyMs !== undefined || conditions.mutation !== undefined;
}

interface Surroundings {
  /** The services that are really asked. */
  readonly services: SessionOptions['services'];
  readonly wire?: Wire;
  readonly stress?: CpuStress;
}

function isAddressOf(baseUrl: string, services: SessionOptions['services']): boolean {
  const plain = (url: string): string => url.replace(/\/+$/, '');
  return Object.values(services).some((target) => target.baseUrl !== undefined && plain(target.baseUrl) === plain(baseUrl));
}

/** The longest run of tests from `at` that one process may take: of one service, because a process has one base URL. */
function batchFrom(tests: readonly TestToRun[], at: number): TestToRun[] {
  const entries = tests.map((test) => ({ test, key: keyOf(test) }));
  const group = groupFrom(
    entries,
    at,
    // A file that does not load keeps Playwright from running any other in the same process.
    (one, first, group) =>
      !needsWire(first.test) &&
      !isWholeFile(first.test) &&
      !isWholeFile(one.test) &&
      one.test.service === first.test.service &&
      group.every(({ key }) => key !== one.key),
  );
  return group.map(({ test }) => test);
}

/** A lane of Playwright tests: one process for each run of tests of one service. */
export function playwrightSession(options: SessionOptions): Session {
  const { root } = options;
  const mask = redactor(options.secrets);
  const view: StackView = { root, ours: (file) => /(?:^|\/)node_modules\/(?:@playwright|playwright|playwright-core)\//.test(file) };
  const running = new Set<PlaywrightProcess>();
  let runs = 0;
  let isClosed = false;

  const environmentFor = (service: string, services: SessionOptions['services']): Record<string, string> => {
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

  const outcomeOf = ({ key }: TestToRun, test: EndedTest): TestOutcome => {
    const artifacts: Artifact[] = test.attachments.flatMap(({ name, path, contentType }) =>
      path === undefined ? [] : [{ name, path: belowArtifacts(path), contentType }],
    );
    const common = { key, startedAt: test.startedAt, durationMs: test.durationMs, requests: [], logs: logsOf(test), artifacts };
    if (test.status === 'skipped') return { ...common, outcome: 'skipped', reason: mask(test.skip ?? 'skipped by Playwright') };
    if (test.status === test.expectedStatus) return { ...common, outcome: 'passed' };
    return { ...common, outcome: 'failed', failure: playwrightFailure(test, view, mask) };
  };

  /** What stands around one process, for as long as it runs. */
  const surroundingsOf = async ({ conditions }: TestToRun): Promise<Surroundings> => {
    const services = conditions.revision === 'base' ? (options.base ?? {}) : options.services;
    const wire =
      conditions.latencyMs !== undefined || conditions.mutation
        ? await openWire({ services, conditions, environment: options.environment, plainCookies: true })
        : undefined;
    const stress = conditions.cpuStress === undefined ? undefined : cpuStress(conditions.cpuStress);
    return { services, ...(wire && { wire }), ...(stress && { stress }) };
  };

  /** Runs one process and reports what it could; returns the tests that it did not get to because of one that was killed. */
  const runProcess = async (
    cli: string,
    tests: readonly TestToRun[],
    { services, wire, stress }: Surroundings,
    report: (outcome: TestOutcome) => void,
    signal: AbortSignal,
  ): Promise<TestToRun[]> => {
    runs += 1;
    const { service = '', conditions = { isolated: false } } = tests[0] ?? {};
    const given = wire?.services ?? services;
    const tell = async (test: TestToRun, told: TestOutcome): Promise<void> => {
      const mutatedAnswers = conditions.mutation && wire?.mutated;
      const unanswered = told.failure && /https?:\/\/[^\s"']+/.exec(told.failure.stack ?? told.failure.message)?.[0];
      const outcome = await finishedOutcome(told, {
        test,
        services,
        head: options.services,
        unanswered,
        mutatedAnswers,
        ...(wire && { shown: wire.shown }),
      });
      if (!signal.aborted) report(outcome);
    };
    /** The configuration's own address, to which the tests would go instead of the one that the conditions mean. */
    let astray: string | undefined;
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
    const environment = {
      ...environmentFor(service, given),
      ...(conditions.timeZone !== undefined && { TZ: conditions.timeZone }),
    };
    const started = startPlaywright({ cli, root, args, environment, around: stress?.around }, (frame) => {
      if (frame.type === 'tests' && (wire || conditions.revision === 'base')) {
        astray = frame.tests.find(({ baseUrl }) => baseUrl !== undefined && !isAddressOf(baseUrl, given))?.baseUrl;
        if (astray !== undefined) started.kill();
      } else if (frame.type === 'error') {
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
        reports = reports.then(() => tell(test, outcomeOf(test, frame.test)));
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
    if (astray !== undefined) {
      const reason = `the Playwright configuration names its own use.baseURL, ${astray}: let it read process.env.TESTIMONY_BASE_URL, so that the test can be run under these conditions`;
      for (const { key } of waiting.values()) report(lostOutcome(key, mask(reason)));
      return [];
    }
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
        await tell(hit, { key: hit.key, outcome: 'failed', ...facts, failure: { class: 'timeout', message, file: hit.file } });
      } else if (end.signal === 'SIGKILL') {
        await tell(hit, {
          key: hit.key,
          outcome: 'lost',
          ...facts,
          reason: 'Playwright was killed from outside (SIGKILL), as a machine does that runs out of memory',
        });
      } else {
        await tell(hit, {
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
      const message = isWholeFile(test)
        ? end.code === 0 || /No tests found/.test(said ?? '')
          ? `${test.file} can be loaded now, and its tests are not in this plan: plan again`
          : `${test.file} could not be loaded: ${said?.split('\n')[0] ?? `Playwright ${endedHow(end)}`}`
        : said !== undefined
          ? `Playwright could not run the test: ${said.split('\n')[0] ?? ''}`
          : end.code === 0
            ? `Playwright finds no test '${test.titlePath.join(' > ')}' in ${test.file} any more: plan again`
            : `Playwright ${endedHow(end)} and did not run the test`;
      await tell(test, {
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
        const able = batch.filter((test) => {
          const reason =
            cli === undefined
              ? `the project ${NOT_INSTALLED}`
              : refusal(test, { name: 'playwright', conditions: PLAYWRIGHT_CONDITIONS }, options);
          if (reason !== undefined) report(lostOutcome(test.key, reason));
          return reason === undefined;
        });
        if (cli === undefined) continue;
        batch = able;
        const [first] = batch;
        if (!first) continue;
        let around: Surroundings;
        try {
          around = await surroundingsOf(first);
        } catch (error) {
          const reason = `nothing could be put between it and the system: ${error instanceof Error ? error.message : String(error)}`;
          for (const { key } of batch) report(lostOutcome(key, mask(reason)));
          continue;
        }
        while (batch.length > 0 && !signal.aborted && !isClosed) batch = await runProcess(cli, batch, around, report, signal);
        around.stress?.release();
        await around.wire?.close();
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
