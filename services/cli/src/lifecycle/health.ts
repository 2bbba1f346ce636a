import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ServiceSettings } from '@testimony/contracts';

export type Answer = { readonly answers: true; readonly status: number } | { readonly answers: false; readonly reason: string };

/** Where a service says whether it is ready; its base URL when it has no health endpoint. */
export function healthUrl(service: Pick<ServiceSettings, 'base_url' | 'health_endpoint'>): string | undefined {
  const { base_url: base, health_endpoint: health } = service;
  if (health === undefined || /^https?:\/\//i.test(health)) return health ?? base;
  if (base === undefined) return undefined;
  return `${base.replace(/\/+$/, '')}/${health.replace(/^\/+/, '')}`;
}

/** Ready means: an answer below 500 from a health endpoint; any answer at all where only a base URL is known. */
export function isReady(answer: Answer, service: Pick<ServiceSettings, 'health_endpoint'>): boolean {
  return answer.answers && (service.health_endpoint === undefined || answer.status < 500);
}

/** One GET whose body is not read. A certificate that is not trusted is still an answer: nothing secret is sent. */
export function ask(url: string, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(
      url,
      { agent: false, timeout: timeoutMs, rejectUnauthorized: false, ...(signal ? { signal } : {}) },
      (response) => {
        response.destroy();
        resolve({ answers: true, status: response.statusCode ?? 0 });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', (error: NodeJS.ErrnoException) => resolve({ answers: false, reason: reasonOf(error) }));
    request.end();
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0] as NodeJS.ErrnoException);
  return error.code && error.code !== 'ECONNRESET' ? error.code : error.message;
}
