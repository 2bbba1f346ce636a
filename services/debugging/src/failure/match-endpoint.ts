import type { Endpoint, Manifest } from '@testimony/contracts';

/** A base URL may have so many segments before the paths of the manifest (`/api/v1`). */
const MAX_PREFIX = 3;

/** The manifest's endpoint that a request's shape reaches: the one that agrees in most literal segments. */
export function endpointOf(manifest: Manifest | undefined, shape: string): Endpoint | undefined {
  const [method = '', path = '/'] = shape.split(' ', 2);
  const asked = segmentsOf(path);
  let best: { readonly endpoint: Endpoint; readonly literals: number } | undefined;
  for (let prefix = 0; prefix <= Math.min(MAX_PREFIX, asked.length) && !best; prefix++)
    for (const endpoint of manifest?.services.flatMap(({ endpoints }) => endpoints) ?? []) {
      if (endpoint.method.toUpperCase() !== method && endpoint.method !== 'ALL') continue;
      const literals = agreement(segmentsOf(endpoint.full_path), asked.slice(prefix));
      if (literals !== undefined && (!best || literals > best.literals)) best = { endpoint, literals };
    }
  return best?.endpoint;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function agreement(template: readonly string[], asked: readonly string[]): number | undefined {
  const open = /^\{(?:wildcard|path|splat)\}$/.test(template.at(-1) ?? '');
  if (open ? asked.length < template.length : asked.length !== template.length) return undefined;
  let literals = 0;
  for (const [at, segment] of template.entries()) {
    if (segment.includes('{')) continue;
    if (segment !== asked[at]) return undefined;
    literals++;
  }
  return literals;
}
