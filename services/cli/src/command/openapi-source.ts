import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { DomainError } from '@testimony/contracts';

/** What `init` takes from an OpenAPI document. */
export interface OpenApiFacts {
  readonly text: string;
  readonly title?: string;
  readonly server?: string;
  /** A GET without parameters in its path, good for a first test. */
  readonly firstPath?: string;
}

const LARGEST_DOCUMENT = 10_000_000;
const FETCH_TIMEOUT_MS = 10_000;

const documentSchema = z.object({
  info: z.object({ title: z.string().optional() }).optional(),
  servers: z.array(z.object({ url: z.string() })).optional(),
  paths: z.record(z.string(), z.unknown()),
});

/** Reads a document from a URL or a file. Throws a DomainError with the reason when it cannot. */
export async function readOpenApi(source: string, cwd: string): Promise<OpenApiFacts> {
  const text = isUrl(source) ? await fetched(source) : await readFile(resolve(cwd, source), 'utf8').catch(refuse(source));
  const parsed = documentSchema.safeParse(parsedDocument(source, text));
  if (!parsed.success) throw new DomainError('openapi-broken', `${source} is no OpenAPI document: it has no "paths".`);
  const { info, servers, paths } = parsed.data;
  const server = servers?.find(({ url }) => isUrl(url))?.url;
  const firstPath = Object.entries(paths).find(
    ([path, methods]) => !path.includes('{') && typeof methods === 'object' && methods !== null && 'get' in methods,
  )?.[0];
  return { text, ...(info?.title ? { title: info.title } : {}), ...(server ? { server } : {}), ...(firstPath ? { firstPath } : {}) };
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok)
      throw new DomainError('openapi-unreadable', `${url} answers ${response.status}: give the address of the OpenAPI document itself.`);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > LARGEST_DOCUMENT)
        throw new DomainError('openapi-broken', `${url} is larger than 10 MB: give the address of the OpenAPI document itself.`);
    }
    return text;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    throw new DomainError(
      'openapi-unreadable',
      `${url} cannot be read (${cause?.code ?? (error as Error).message}): start the service, or give a file.`,
      503,
    );
  }
}

function refuse(source: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new DomainError('openapi-unreadable', `${source} cannot be read (${error.code ?? error.message}).`);
  };
}

function parsedDocument(source: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new DomainError('openapi-broken', `${source} is neither JSON nor YAML: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
}
