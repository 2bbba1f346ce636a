import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { DomainError } from '@testimony/contracts';
import type { ServiceSettings, TestStrategy } from '@testimony/contracts';
import type { ServiceTarget } from '@testimony/frameworks';
import { secretsOfHeaders } from '../configuration/load';
import type { World } from '../terminal/world';

/** What `--targets-from` reads: where services are and what to send them, by name; stronger than `e2e.conf`. */
const targetsSchema = z.record(
  z.string(),
  z.strictObject({ baseUrl: z.url({ protocol: /^https?$/ }).optional(), headers: z.record(z.string(), z.string()).optional() }),
);
export type Targets = z.infer<typeof targetsSchema>;

/** Addresses and headers of a test system: a page, not a stream without end. */
const LONGEST_INPUT = 1_000_000;

/** `-` reads standard input, so that a token need never stand in a file or in the process list. */
export async function readTargets(world: World, from: string): Promise<Targets> {
  const text = from === '-' ? await readAll(world.stdin) : await readFile(resolve(world.cwd, from), 'utf8').catch(refuse(from));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new DomainError('targets-broken', `--targets-from ${from} holds no valid JSON.`);
  }
  const targets = targetsSchema.safeParse(parsed);
  if (!targets.success) {
    const issue = targets.error.issues[0];
    throw new DomainError(
      'targets-broken',
      `--targets-from ${from}: ${issue?.path.join('.') ?? ''} is not right; it must look like {"orders": {"baseUrl": "http://...", "headers": {"authorization": "..."}}}.`,
    );
  }
  return targets.data;
}

function refuse(from: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new DomainError('targets-unreadable', `--targets-from ${from} cannot be read (${error.code ?? error.message}).`);
  };
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk.toString();
    if (text.length > LONGEST_INPUT) throw new DomainError('targets-broken', 'The targets on standard input are larger than 1 MB.');
  }
  return text;
}

/** The configuration's services with the targets put over them. Whoever says where a service is also runs it: no `start`. */
export function servicesWithTargets(
  services: Readonly<Record<string, ServiceSettings>>,
  targets: Targets,
): Record<string, ServiceSettings> {
  const result: Record<string, ServiceSettings> = { ...services };
  for (const [name, { baseUrl, headers }] of Object.entries(targets)) {
    const { start, ...own } = result[name] ?? { headers: {} };
    result[name] = {
      ...own,
      ...(start !== undefined && baseUrl === undefined ? { start } : {}),
      ...(baseUrl !== undefined ? { base_url: baseUrl } : {}),
      headers: { ...own.headers, ...headers },
    };
  }
  return result;
}

export function serviceTargets(services: Readonly<Record<string, ServiceSettings>>): Record<string, ServiceTarget> {
  return Object.fromEntries(
    Object.entries(services).map(([name, { base_url: baseUrl, headers }]) => [
      name,
      { ...(baseUrl === undefined ? {} : { baseUrl }), headers },
    ]),
  );
}

export function secretsOfTargets(targets: Targets): string[] {
  return Object.values(targets).flatMap(({ headers }) => secretsOfHeaders(headers ?? {}));
}

/** Throws for a service whose native modules call it by path although nobody said where it is. */
export function requireBaseUrls(strategy: TestStrategy, services: Readonly<Record<string, ServiceSettings>>): void {
  const homeless = new Set(
    strategy.testCases
      .filter(({ metadata }) => metadata.framework === 'native' && metadata.endpoints.length > 0 && metadata.skip === undefined)
      .map(({ service }) => service)
      .filter((service) => services[service]?.base_url === undefined),
  );
  if (homeless.size === 0) return;
  const names = [...homeless].toSorted();
  throw new DomainError(
    'base-url-missing',
    `Nothing says where ${names.join(', ')} can be reached: set services.${names[0] ?? ''}.base_url in e2e.conf, such as http://localhost:3000.`,
  );
}
