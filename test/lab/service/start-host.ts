import { fork, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Regions } from './behaviour';

export interface Outage {
  /** `refused`: no connection and open ones cut. `503`: an answer that says so. */
  readonly kind: 'refused' | '503';
  readonly durationMs: number;
  /** From the so-manieth request on; at once without it. */
  readonly afterRequests?: number;
}

export interface ServiceHost {
  readonly url: string;
  /** Resolves when it began, or at once when it is to begin with a later request. */
  outage(outage: Outage): void;
  /** Every answer later by a time drawn evenly from 0 to twice this. */
  setLatency(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ServedRevision {
  /** `src` of the service, of the revision to serve. */
  readonly source: string;
  readonly databaseUrl: string;
  readonly schema: string;
  readonly regions: Regions;
  /** Spaces that exist from the start: id -> region. */
  readonly seeds: Readonly<Record<number, string>>;
  readonly port?: number;
}

/** Starts a process that serves this source. It ends with us. */
export async function startHost(revision: ServedRevision): Promise<ServiceHost> {
  const child = forked();
  const port = await answer<number>(child, 'ready', {
    start: {
      ...revision,
      entry: join(revision.source, 'app.js'),
      nodeModules: resolve(__dirname, '../../../node_modules'),
    },
  });
  return hosting(child, port);
}

/** Starts the partner's service. */
export async function startPartner(regions: Regions, port?: number): Promise<ServiceHost> {
  const child = forked();
  return hosting(child, await answer<number>(child, 'ready', { partner: { regions, port } }));
}

function forked(): ChildProcess {
  // Of this program, not of whoever tests it: jest's own flags would change the service.
  const { NODE_OPTIONS: _options, NODE_ENV: _mode, ...env } = process.env;
  return fork(join(__dirname, 'host.cjs'), { execArgv: [], env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function hosting(child: ChildProcess, port: number): ServiceHost {
  return {
    url: `http://127.0.0.1:${port}`,
    outage: (outage) => void child.send({ outage }),
    setLatency: async (ms) => void (await answer(child, 'told', { latency: ms })),
    stop: () =>
      new Promise((done) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          done();
          return;
        }
        child.once('exit', () => done());
        child.disconnect();
      }),
  };
}

function answer<T>(child: ChildProcess, key: string, message: object): Promise<T> {
  return new Promise((done, failed) => {
    const look = (said: unknown) => {
      if (typeof said !== 'object' || said === null || !(key in said)) return;
      child.off('message', look).off('exit', ended);
      done((said as Record<string, T>)[key] as T);
    };
    const ended = (code: number | null) => failed(new Error(`the service's process ended with ${code}`));
    child.on('message', look).once('exit', ended);
    child.send(message);
  });
}
