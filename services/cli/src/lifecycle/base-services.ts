import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ServiceSettings } from '@testimony/contracts';
import { checkOut } from './base-revision';
import { requireReady, startServices } from './services-under-test';
import type { ServicesUnderTest, StartOptions } from './services-under-test';

/** The services of the base revision that are there to compare with. */
export interface BaseServices {
  readonly services: Readonly<Record<string, ServiceSettings>>;
  /** The revision that files are compared with, where the configuration names one. */
  readonly revision?: string;
  stop(): Promise<void>;
}

/**
 * Makes the base of each service that has a `baseline` ready: one that runs (`base_url`), or one that is started from `revision` by
 * `baseline.start`, or by the service's own `start` with PORT set to the port of `baseline.base_url` (a free one without it).
 * A base that cannot be had is told and left out: the run then has nothing to compare with, which is no reason not to run.
 */
export async function startBase(options: StartOptions): Promise<BaseServices> {
  const services: Record<string, ServiceSettings> = {};
  const running: ServicesUnderTest[] = [];
  const revisions = new Set<string>();
  // A base that nobody starts by its own revision may be served by the command that starts another's.
  const patience = Object.values(options.services).some(({ baseline }) => baseline?.revision !== undefined)
    ? options.deadlineMs
    : undefined;
  await Promise.all(
    Object.entries(options.services).map(async ([name, settings]) => {
      if (!settings.baseline) return;
      try {
        const base =
          settings.baseline.revision === undefined
            ? await answering(name, settings, options, patience)
            : await started(name, settings, options, running);
        if (settings.baseline.revision !== undefined) revisions.add(settings.baseline.revision);
        services[name] = base;
      } catch (error) {
        options.signal.throwIfAborted();
        options.tell(`The base of ${name} cannot be compared with: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  const [revision] = revisions;
  return {
    services,
    ...(revision === undefined ? {} : { revision }),
    stop: async () => void (await Promise.all(running.map((one) => one.stop()))),
  };
}

async function answering(
  name: string,
  settings: ServiceSettings,
  options: StartOptions,
  patience: number | undefined,
): Promise<ServiceSettings> {
  const base = { ...settings, start: undefined, base_url: settings.baseline?.base_url };
  await requireReady({ ...options, services: { [`the base of ${name}`]: base } }, patience);
  return base;
}

async function started(
  name: string,
  settings: ServiceSettings,
  options: StartOptions,
  running: ServicesUnderTest[],
): Promise<ServiceSettings> {
  const { baseline } = settings;
  const folder = join(options.stateFolder, 'base');
  const checkout = await checkOut(options.root, baseline?.revision ?? 'HEAD', folder);
  const url = baseline?.base_url ?? `http://127.0.0.1:${await freePort()}`;
  const start = baseline?.start ?? settings.start;
  if (start === undefined) throw new Error(`nothing says how to start it: set services.${name}.baseline.start`);
  const base: ServiceSettings = { ...settings, base_url: url, start };
  const own = await startServices({
    ...options,
    root: checkout.root,
    stateFolder: join(folder, 'state', name),
    services: { [`${name}-base`]: base },
    environment: { ...options.environment, PORT: new URL(url).port || '80' },
  });
  running.push(own);
  await own.ready();
  return base;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
