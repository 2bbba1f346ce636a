import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isServed } from '@testimony/code-analysis';
import type { ServiceSettings } from '@testimony/contracts';

export interface ServedDocuments {
  /** The text of each document, by service. */
  readonly documents: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/** A service that is ready answers its document at once; large ones take a few seconds to be built. */
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 20_000_000;

/** Asks the running services for the OpenAPI documents that are no files of the project. */
export async function readServedDocuments(root: string, services: Readonly<Record<string, ServiceSettings>>): Promise<ServedDocuments> {
  const documents: Record<string, string> = {};
  const problems: string[] = [];
  await Promise.all(
    Object.entries(services).map(async ([name, { openapi, base_url: baseUrl }]) => {
      if (openapi === undefined || (!isServed(openapi) && (await isFile(resolve(root, openapi))))) return;
      const url = urlOf(openapi, baseUrl);
      if (url === undefined) {
        if (isServed(openapi))
          problems.push(
            `services.${name}.openapi is the path ${openapi}, but services.${name}.base_url, which it would be asked at, is not set`,
          );
        return;
      }
      const answer = await ask(url);
      if ('text' in answer) documents[name] = answer.text;
      else
        problems.push(
          `The OpenAPI document of ${name} cannot be read from ${shown(url)} (${answer.problem}); its endpoints are those of the source alone`,
        );
    }),
  );
  return { documents, problems: problems.sort() };
}

function urlOf(openapi: string, baseUrl: string | undefined): string | undefined {
  if (/^https?:/i.test(openapi)) return openapi;
  return baseUrl === undefined ? undefined : `${baseUrl.replace(/\/+$/, '')}/${openapi.replace(/^\/+/, '')}`;
}

/** Without a password in it. */
function shown(url: string): string {
  return URL.canParse(url) ? Object.assign(new URL(url), { username: '', password: '', search: '' }).href : url;
}

async function ask(url: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json, application/yaml, */*;q=0.5' },
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      return { problem: `it answered ${answer.status}` };
    }
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of answer.body ?? []) {
      bytes += piece.byteLength;
      if (bytes > MAX_BYTES) return { problem: `it is larger than ${MAX_BYTES} bytes` };
      pieces.push(piece);
    }
    return { text: Buffer.concat(pieces).toString('utf8') };
  } catch (error) {
    const { name, message, cause } = error as Error & { readonly cause?: { readonly code?: string } };
    return { problem: name === 'TimeoutError' ? `no answer within ${TIMEOUT_MS / 1000} s` : (cause?.code ?? message) };
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
