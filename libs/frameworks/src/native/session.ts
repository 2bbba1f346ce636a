import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { DomainError, type Conditions } from '@testimony/contracts';
import { SECRET_SHAPES } from '@testimony/page';
import { cpuStress, type Command, type CpuStress } from '../conditions/cpu-stress';
import { groupFrom, isOrdinary } from '../conditions/grouping';
import { checkedOverlay } from '../conditions/overlay';
import { refusal } from '../conditions/refusal';
import { openWire, type Wire } from '../conditions/wire/wire';
import type { Framework, Session, SessionOptions, TestOutcome, TestToRun } from '../framework';
import { finishedOutcome, lostOutcome } from '../outcome';
import { redactor } from '../redact';
import type { HostTest, Setup } from './protocol';
import { startTestProcess, type Ending, type ProcessSpec, type TestProcess } from './test-process';

type Language = 'node' | 'python';

/** Of V8's heap: enough for a test, small enough that a worker of many lanes survives one that leaks. */
const HEAP_LIMIT_MB = 512;
/**
 * New objects get little room before they are collected: measured over 125 small tests, 1 MB instead of the default 16 costs no
 * time and saves 12 MB a process.
 */
const YOUNG_HEAP_MB = 1;

/** What this framework can bring about beside `isolated` and `revision`. */
export const NATIVE_CONDITIONS: Framework['conditions'] = [
  'order',
  'cpuStress',
  'latencyMs',
  'clock',
  'timeZone',
  'randomSeed',
  'mutation',
  'overlay',
];

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

/** What the tests of one process have in common beside the session's options. */
interface Terms {
  readonly conditions: Conditions;
  /** As the tests reach them. */
  readonly services: SessionOptions['services'];
  /** Files of the project that they see with another text, and the files that hold it. */
  readonly overlay?: Readonly<Record<string, string>>;
  readonly stress?: CpuStress;
}

/** What a clock in the zone shows now beyond UTC. */
function zoneNow(timeZone: string): NonNullable<Setup['timeZone']> {
  const at = Math.floor(Date.now() / 1000);
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at * 1000);
  const offset = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
  const [, sign, hours = 0, minutes = 0, seconds = 0] = offset ?? [];
  return { name: timeZone, at, offsetSeconds: (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) };
}

function processSpec(language: Language, options: SessionOptions, terms: Terms, mask: (text: string) => string): ProcessSpec {
  const { conditions, services, overlay, stress } = terms;
  const { clock, randomSeed, timeZone } = conditions;
  swcVersion ??= (createRequire(__filename)('@swc/core/package.json') as { version: string }).version;
  const setup = {
    root: options.root,
    cacheDir: options.cacheDir,
    swcVersion,
    services,
    secrets: options.secrets,
    secretShapes: SECRET_SHAPES,
    ...(overlay && { overlay }),
    ...(clock !== undefined && { clock }),
    ...(randomSeed !== undefined && { randomSeed }),
    ...(timeZone !== undefined && { timeZone: zoneNow(timeZone) }),
  };
  const environment = {
    ...options.environment,
    ...(timeZone !== undefined && { TZ: timeZone }),
    // Python takes no negative seed for its hashes.
    ...(randomSeed !== undefined && { PYTHONHASHSEED: String(randomSeed >>> 0) }),
  };
  const { command, args } = (stress?.around ?? ((inner: Command) => inner))(hostCommand(language, options));
  return { command, args, cwd: options.root, environment, setup, mask, heapLimitMb: HEAP_LIMIT_MB };
}

function hostCommand(language: Language, { cacheDir }: SessionOptions): Command {
  if (language === 'python') return { command: 'python3', args: ['-u', '-B', PYTHON_HOST] };
  const flags = [
    `--max-old-space-size=${HEAP_LIMIT_MB}`,
    `--max-semi-space-size=${YOUNG_HEAP_MB}`,
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--disable-warning=ExperimentalWarning',
  ];
  const args = [...flags, HOST, cacheDir];
  if (diesWithParent()) return { command: SETPRIV, args: ['--pdeathsig', 'KILL', '--', process.execPath, ...args] };
  return { command: process.execPath, args };
}

function languageOf(file: string): Language {
  return file.endsWith('.py') ? 'python' : 'node';
}

interface Numbered {
  readonly test: TestToRun;
  readonly order: HostTest;
}

/** Where the tests of one group run. */
interface Lane {
  /** The services that are really asked. */
  readonly services: SessionOptions['services'];
  /** Between the tests and the services. */
  readonly wire?: Wire;
  /** The process for the next of them. */
  process(): TestProcess;
}

const ORDINARY: Conditions = { isolated: false };

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

  const start = (language: Language, terms: Terms = { conditions: ORDINARY, services: options.services }): TestProcess => {
    const started = startTestProcess(processSpec(language, options, terms, mask));
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

  const outcomeOf = async (test: TestToRun, ending: Ending, lane: Lane, mutatedAnswers: number | undefined): Promise<TestOutcome> => {
    const finishing = {
      test,
      services: lane.services,
      head: options.services,
      ...(lane.wire && { shown: lane.wire.shown }),
      mutatedAnswers,
    };
    const { key } = test;
    if (ending.kind === 'lost') {
      const { startedAt, durationMs, reason, logs } = ending;
      return finishedOutcome(
        { key, outcome: 'lost', startedAt, durationMs, reason: mask(reason), requests: [], logs, artifacts: [] },
        finishing,
      );
    }
    if (ending.kind === 'died') {
      const { startedAt, durationMs, logs } = ending;
      const failure = { class: ending.class, message: ending.message, file: test.file };
      return finishedOutcome({ key, outcome: 'failed', startedAt, durationMs, failure, requests: [], logs, artifacts: [] }, finishing);
    }
    const { outcome, startedAt, durationMs, failure, reason, requests, unanswered } = ending.frame;
    return finishedOutcome(
      {
        key,
        outcome,
        startedAt,
        durationMs,
        ...(failure && { failure }),
        ...(reason !== undefined && { reason }),
        requests,
        logs: ending.logs,
        artifacts: [],
      },
      { ...finishing, unanswered },
    );
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
      const endings: Promise<void>[] = [];
      // Outcomes keep their order although one may wait for its probe.
      let reports = Promise.resolve();
      const tell = (outcome: () => TestOutcome | Promise<TestOutcome>): void => {
        reports = reports.then(async () => {
          const told = await outcome();
          if (!signal.aborted) report(told);
        });
      };
      const goesOn = (): boolean => !signal.aborted && !isClosed;

      const runIn = async (lane: Lane, group: readonly Numbered[]): Promise<void> => {
        for (let left = group; left.length > 0 && goesOn();) {
          const host = lane.process();
          // Killing the process ends its run; nothing more is reported then.
          const onAbort = (): void => void end(host);
          signal.addEventListener('abort', onAbort, { once: true });
          lane.wire?.begin();
          let ended = 0;
          await host.run(
            // What a wire counts and remembers belongs to one test, so the next begins when that is known to have ended.
            left.slice(0, lane.wire ? 1 : left.length).map(({ order }) => order),
            (_order, ending) => {
              const test = left[ended]?.test;
              ended += 1;
              if (!test || signal.aborted) return;
              const mutated = test.conditions.mutation && lane.wire?.mutated;
              tell(() => outcomeOf(test, ending, lane, mutated));
            },
          );
          signal.removeEventListener('abort', onAbort);
          left = left.slice(ended);
          // The next process starts while this one goes.
          if (!host.usable) endings.push(end(host));
          await reports;
        }
      };

      /** Under conditions that only these tests share: with a process, and whatever stands around it, that goes with them. */
      const runUnder = async (conditions: Conditions, language: Language, group: readonly Numbered[]): Promise<void> => {
        const { latencyMs, mutation, cpuStress: loops } = conditions;
        const services = conditions.revision === 'base' ? (options.base ?? {}) : options.services;
        const overlay = conditions.overlay && (await checkedOverlay(conditions.overlay, options.overlayDir, options.root));
        if (overlay && 'problem' in overlay) return group.forEach(({ test }) => tell(() => lostOutcome(test.key, overlay.problem)));
        let wire: Wire | undefined;
        if (latencyMs !== undefined || mutation) {
          try {
            wire = await openWire({ services, conditions, environment: options.environment, plainCookies: false });
          } catch (error) {
            const reason = `nothing could be put between it and the system: ${error instanceof Error ? error.message : String(error)}`;
            return group.forEach(({ test }) => tell(() => lostOutcome(test.key, reason)));
          }
        }
        const stress = loops === undefined ? undefined : cpuStress(loops);
        const terms = {
          conditions,
          services: wire?.services ?? services,
          ...(overlay && { overlay: overlay.files }),
          ...(stress && { stress }),
        };
        let own: TestProcess | undefined;
        await runIn({ services, ...(wire && { wire }), process: () => (own = own?.usable ? own : start(language, terms)) }, group);
        // One that could take no more was ended by then. The next tests need not wait.
        const left = own?.usable ? end(own) : Promise.resolve();
        endings.push(
          left.then(() => {
            stress?.release();
            return wire?.close();
          }),
        );
      };

      for (let at = 0; at < numbered.length && goesOn();) {
        const group = groupFrom(numbered, at, ({ test }, first) => languageOf(test.file) === languageOf(first.test.file));
        at += group.length;
        const first = group[0]?.test;
        if (!first) break;
        const language = languageOf(first.file);
        if (isOrdinary(first)) {
          await runIn({ services: options.services, process: () => warmProcess(language) }, group);
          continue;
        }
        const able: Numbered[] = [];
        for (const one of group) {
          const reason = refusal(one.test, { name: 'native', conditions: NATIVE_CONDITIONS }, options);
          if (reason === undefined) able.push(one);
          else tell(() => lostOutcome(one.test.key, reason));
        }
        if (able.length > 0) await runUnder(first.conditions, language, able);
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
