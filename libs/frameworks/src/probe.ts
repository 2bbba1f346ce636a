import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { Failure } from '@testimony/contracts';
import type { ServiceTarget } from './framework';

type Probe = NonNullable<Failure['probe']>;

/** A service that takes longer to say anything at all is as good as away. */
const PATIENCE_MS = 1500;

/** Asks an address for any answer: whatever status comes, somebody is there. Never rejects. */
export function probe(url: string): Promise<Probe> {
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage): void => {
      response.destroy();
      resolve({ url, reachable: true });
    };
    const failed = (error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }): void => {
      resolve({ url, reachable: false, error: error.code ?? error.errors?.[0]?.code ?? error.message });
    };
    try {
      const options = { timeout: PATIENCE_MS, agent: false as const };
      const request = url.startsWith('https:')
        ? httpsGet(url, { ...options, rejectUnauthorized: false }, answered)
        : httpGet(url, options, answered);
      request.on('error', failed);
      request.on('timeout', () => {
        resolve({ url, reachable: false, error: `no answer within ${PATIENCE_MS} ms` });
        request.destroy();
      });
    } catch (error) {
      failed(error as Error);
    }
  });
}

/** The base URL to probe after a failure without an answer: that of the service which was asked, or of the test's own. */
export function probedUrl(
  services: Readonly<Record<string, ServiceTarget>>,
  service: string,
  asked: string | undefined,
): string | undefined {
  const originOf = (url: string | undefined): string | undefined =>
    url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
  const origin = originOf(asked);
  const byOrigin = origin === undefined ? undefined : Object.values(services).find(({ baseUrl }) => originOf(baseUrl) === origin);
  return (byOrigin ?? services[service])?.baseUrl;
}
