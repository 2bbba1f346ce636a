import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, fstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '@testimony/contracts';
import type { ServiceSettings } from '@testimony/contracts';
import { mask } from '../configuration/secrets';
import { plainText } from '../terminal/plain-text';
import { ask, healthUrl, isReady } from './health';
import { endLeftBehind, forget, remember, startedByLivingRun } from './left-behind';
import { endGroup, groupLives, signalGroup } from './process-group';
import { startWatchdog } from './watchdog';
import type { Watchdog } from './watchdog';

export interface StartOptions {
  readonly root: string;
  readonly stateFolder: string;
  readonly services: Readonly<Record<string, ServiceSettings>>;
  readonly deadlineMs: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Values that must not be readable in what is told. */
  readonly secrets: readonly string[];
  /** Progress, one line each. */
  readonly tell: (line: string) => void;
  /** Registers what must happen when the process dies at once; returns how to take that back. */
  readonly atSecond?: (action: () => void) => () => void;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number;
}

export interface ServicesUnderTest {
  /** Services whose start command has ended by itself, with its code and last lines. */
  readonly ended: ReadonlyMap<string, string>;
  /** Resolves when all of them answer. Rejects with a DomainError when one does not, and then all of them have been ended. */
  ready(): Promise<void>;
  /** Ends all of them: politely, then by force. Safe to call twice. */
  stop(): Promise<void>;
}

/** A service that stops a database of its own needs more than a moment. */
const DEFAULT_GRACE_MS = 10_000;
const POLL_MS = 50;
const ASK_TIMEOUT_MS = 2000;
/** One that somebody else started may be on its way up; one that nobody started should not keep a person waiting. */
const FOREIGN_SERVICE_MS = 5000;
const FIRST_NEWS_MS = 2000;
/** Reasons that mean nobody accepted a connection; anything else (silence, another protocol) means somebody did. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const LAST_LINES = 8;
const LAST_BYTES = 16_384;

interface Started {
  readonly name: string;
  readonly pgid: number;
  readonly log: string;
  exit?: string;
}

/**
 * Starts every service that has a `start` command, side by side. They are on their way when this resolves; `ready` says
 * when they answer. On any error, and when `signal` aborts, whatever was started is ended before this or `ready` rejects.
 */
export async function startServices(options: StartOptions): Promise<ServicesUnderTest> {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const records = join(options.stateFolder, 'services');
  const swept = await endLeftBehind(records, graceMs);
  if (swept.length > 0) options.tell(`Ended ${swept.join(', ')}, which a killed run had left running.`);

  const started: Started[] = [];
  const ended = new Map<string, string>();
  const forgetKill = options.atSecond?.(() => {
    for (const service of started) signalGroup(service.pgid, 'SIGKILL');
  });
  let watchdog: Watchdog | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all(
      started.map(async (service) => {
        await endGroup(service.pgid, graceMs);
        forget(records, service.name, service.pgid);
      }),
    );
    started.length = 0;
    watchdog?.dismiss();
    forgetKill?.();
  };
  const orStop = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      await stop();
      throw error;
    }
  };
  const own = Object.entries(options.services).filter(([, settings]) => settings.start !== undefined);
  await Promise.all(own.map(([name, settings]) => refuseTakenAddress(name, settings, records, options.signal)));
  options.signal.throwIfAborted();
  const launching = async (): Promise<void> => {
    if (own.length > 0) watchdog = startWatchdog();
    for (const [name, settings] of own) {
      const service = launch(name, settings.start as string, options, (exit) => ended.set(name, exit));
      started.push(service);
      watchdog?.watch(service.pgid);
      remember(records, name, service.pgid);
    }
  };
  await orStop(launching());
  const byName = new Map(started.map((service) => [service.name, service]));
  const becomingReady = orStop(Promise.all(own.map(([name, settings]) => ready(name, settings, byName.get(name), options))));
  // Whoever awaits it gets the error; until then it is not to be called unhandled.
  becomingReady.catch(() => undefined);
  return { ended, stop, ready: () => becomingReady.then(() => undefined) };
}

/** Waits, briefly, for services that somebody else runs. Throws a DomainError `service-unreachable` for the first that does not answer. */
export async function requireReady(
  options: Pick<StartOptions, 'services' | 'signal' | 'tell' | 'secrets'>,
  deadlineMs: number = FOREIGN_SERVICE_MS,
): Promise<void> {
  const foreign = Object.entries(options.services).filter(([, settings]) => settings.start === undefined);
  await Promise.all(foreign.map(([name, settings]) => ready(name, settings, undefined, { ...options, deadlineMs })));
}

async function refuseTakenAddress(name: string, settings: ServiceSettings, records: string, signal: AbortSignal): Promise<void> {
  const url = settings.base_url ?? healthUrl(settings);
  if (url === undefined) return;
  const answer = await ask(url, ASK_TIMEOUT_MS, signal);
  if (!answer.answers && NOT_CONNECTED.has(answer.reason)) return;
  if (signal.aborted) return;
  if (startedByLivingRun(records, name)) {
    throw new DomainError(
      'run-in-progress',
      `Another run of this project has started ${name}: wait for its end, or run a copy of the project in another folder.`,
      409,
    );
  }
  throw new DomainError(
    'port-taken',
    `${name} cannot be started: something already listens at ${new URL(url).origin}. Stop it, or take services.${name}.start out of e2e.conf to test what runs there.`,
    503,
  );
}

function launch(name: string, command: string, options: StartOptions, onExit: (exit: string) => void): Started {
  const logs = join(options.stateFolder, 'logs');
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${name}.log`);
  const file = openSync(log, 'w');
  try {
    // A group of its own: Ctrl-C at the terminal does not reach it, and ending the group ends whatever it starts.
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: options.root,
      // The program's own compile cache is not the place for other people's code.
      env: { ...options.environment, NODE_COMPILE_CACHE: undefined },
      detached: true,
      stdio: ['ignore', file, file],
    });
    if (child.pid === undefined) throw new DomainError('start-failed', `${name} cannot be started: /bin/sh is missing.`, 503);
    const service: Started = { name, pgid: child.pid, log };
    child.once('exit', (code, signal) => {
      service.exit = signal ? `ended by ${signal}` : `ended with code ${code}`;
      onExit(service.exit);
    });
    child.unref();
    options.tell(mask(`Starting ${name}: ${command.split('\n')[0] ?? ''}`, options.secrets));
    return service;
  } finally {
    closeSync(file);
  }
}

async function ready(
  name: string,
  settings: ServiceSettings,
  service: Started | undefined,
  options: Pick<StartOptions, 'deadlineMs' | 'signal' | 'tell' | 'secrets'>,
): Promise<void> {
  const url = healthUrl(settings);
  if (url === undefined) return;
  const limit = options.deadlineMs;
  const begun = Date.now();
  let nextNews = begun + FIRST_NEWS_MS;
  for (;;) {
    options.signal.throwIfAborted();
    if (service?.exit !== undefined && !groupLives(service.pgid)) {
      throw new DomainError('start-failed', `${name} ${service.exit} before it was ready.${lastWords(service, options.secrets)}`, 503);
    }
    const answer = await ask(url, ASK_TIMEOUT_MS, options.signal);
    if (isReady(answer, settings)) {
      if (service) options.tell(`${name} is ready after ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
      return;
    }
    const said = answer.answers ? `answers ${answer.status}` : answer.reason;
    const now = Date.now();
    if (now - begun >= limit) {
      options.signal.throwIfAborted();
      throw service
        ? new DomainError(
            'start-timeout',
            `${name} was not ready within ${limit / 1000} s: ${url} ${said}. Correct its start command or raise start_timeout_seconds.${lastWords(service, options.secrets)}`,
            503,
          )
        : new DomainError(
            'service-unreachable',
            `${name} is not ready: ${url} ${said}. Start it, correct services.${name}.base_url, or give services.${name}.start a command.`,
            503,
          );
    }
    if (now >= nextNews) {
      options.tell(`Waiting for ${name} at ${url} (${said}) ...`);
      nextNews = now + (now - begun); // Each wait for news is twice the last: a slow start is no flood.
    }
    await pause(POLL_MS);
  }
}

function lastWords(service: Started, secrets: readonly string[]): string {
  const lines = mask(plainText(tailOf(service.log)), secrets)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES);
  if (lines.length === 0) return ` It printed nothing (${service.log}).`;
  return ` Its last lines (${service.log}):\n${lines.map((line) => `  | ${line}`).join('\n')}`;
}

function tailOf(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, LAST_BYTES));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    closeSync(handle);
  }
}
