import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTemporaryPostgres } from '@testimony/local-postgres';
import { openLane, type Lane, type LaneOptions } from './runner/lanes';
import { startHost, startPartner, type Outage, type ServiceHost } from './service/start-host';
import type { Circumstance } from './flaky/shape';
import { runUnder } from './runner/under';
import type { FixTruth, Measured, TestTruth, Truth } from './truth';

export interface OpenLab {
  readonly project: string;
  readonly truth: Truth;
  readonly fixes: readonly FixTruth[];
  /** What `e2e.conf` and the tests read: `<SERVICE>_URL`, `<SERVICE>_BASE_URL`, `RATES_URL`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs modules without the product. */
  lane(revision: 'head' | 'base', options?: Pick<LaneOptions, 'timeZone' | 'cpuStress'>): Lane;
  /** Runs a planted flaky test under a circumstance, without the product. */
  under(test: TestTruth, circumstance: Circumstance, runs: number): Promise<Measured>;
  /** More time between each answer and the test, on head and base. */
  setLatency(ms: number): Promise<void>;
  /** The services of the head go away. */
  outage(outage: Outage): void;
  /** Checks this commit out in the project and serves it as the head, at the same address. `head` for the newest. */
  checkout(commit: string): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** A server to use instead of one of its own, so that many labs share one. */
  readonly databaseUrl?: string;
}

/** Serves a written lab: the head from the project's own source, the base from beside it, each service in a process and a schema of its own. */
export async function openLab(folder: string, options: OpenOptions = {}): Promise<OpenLab> {
  const project = join(folder, 'project');
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth;
  const fixes = JSON.parse(readFileSync(join(folder, 'fixes.json'), 'utf8')) as FixTruth[];
  const postgres = options.databaseUrl === undefined ? await startTemporaryPostgres() : undefined;
  const databaseUrl = options.databaseUrl ?? (postgres?.url as string);
  const suffix = `${truth.seed}_${process.pid}_${Date.now().toString(36)}`;
  const hosts = new Map<string, ServiceHost>();
  const serve = async (service: Truth['services'][number], revision: 'head' | 'base', port?: number) => {
    const source = join(revision === 'head' ? project : join(folder, 'base'), service.source);
    const schema = `${service.name}_${revision}_${suffix}`.toLowerCase();
    hosts.set(
      `${service.name}/${revision}`,
      await startHost({ source, databaseUrl, schema, regions: service.regions, seeds: service.seeds, ...(port ? { port } : {}) }),
    );
  };
  const closeAll = async () => {
    await Promise.all([...hosts.values()].map((host) => host.stop()));
    await postgres?.stop();
  };
  try {
    const served = await Promise.allSettled(truth.services.flatMap((service) => [serve(service, 'head'), serve(service, 'base')]));
    for (const each of served) if (each.status === 'rejected') throw each.reason;
    hosts.set('partner', await startPartner(truth.partner));
  } catch (error) {
    await closeAll();
    throw error;
  }
  const url = (name: string) => (hosts.get(name) as ServiceHost).url;
  const environment = {
    ...Object.fromEntries(
      truth.services.flatMap(({ name }) => [
        [`${name.toUpperCase()}_URL`, url(`${name}/head`)],
        [`${name.toUpperCase()}_BASE_URL`, url(`${name}/base`)],
      ]),
    ),
    RATES_URL: url('partner'),
  };
  const heads = () => truth.services.map(({ name }) => hosts.get(`${name}/head`) as ServiceHost);
  const lane: OpenLab['lane'] = (revision, more = {}) =>
    openLane({
      root: project,
      environment,
      services: Object.fromEntries(truth.services.map(({ name }) => [name, { baseUrl: url(`${name}/${revision}`) }])),
      ...more,
    });
  const setLatency: OpenLab['setLatency'] = async (ms) => {
    await Promise.all([...hosts.entries()].filter(([name]) => name !== 'partner').map(([, host]) => host.setLatency(ms)));
  };
  return {
    project,
    truth,
    fixes,
    environment,
    lane,
    setLatency,
    under: (test, circumstance, runs) =>
      runUnder({ tests: truth.tests, lane: (more) => lane('head', more), setLatency }, test, circumstance, runs),
    outage: (outage) => {
      for (const host of heads()) host.outage(outage);
    },
    checkout: async (commit) => {
      execFileSync('git', ['checkout', '-q', '--force', commit === 'head' ? 'main' : commit], { cwd: project });
      for (const service of truth.services) {
        const host = hosts.get(`${service.name}/head`) as ServiceHost;
        const port = Number(new URL(host.url).port);
        await host.stop();
        await serve(service, 'head', port);
      }
    },
    close: closeAll,
  };
}
