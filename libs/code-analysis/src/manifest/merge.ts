import type { Dto, Endpoint } from '@testimony/contracts';
import { byText, namelessPath } from '../route-path';

export interface Offer {
  readonly endpoints: readonly Endpoint[];
  readonly dtos: readonly Dto[];
}

/**
 * One list of what a service offers, of what its document says and what its source shows, met by method and path (whatever the
 * parameters are called, with or without the server's base path). The source gives the place and what it demands of the caller; the document gives the rest.
 */
export function mergeOffers(document: Offer, source: Offer): { readonly endpoints: Endpoint[]; readonly dtos: Dto[] } {
  const unmet = new Map<string, Endpoint[]>();
  for (const endpoint of source.endpoints) {
    const key = keyOf(endpoint.method, endpoint.full_path);
    unmet.set(key, [...(unmet.get(key) ?? []), endpoint]);
  }
  const met = document.endpoints.map((documented) => {
    const keys = [documented.full_path, documented.path].flatMap((path) => [keyOf(documented.method, path), keyOf('ALL', path)]);
    const key = keys.find((each) => unmet.has(each));
    const [found] = (key !== undefined && unmet.get(key)) || [];
    if (!found || key === undefined) return documented;
    if (found.method !== 'ALL') unmet.delete(key);
    return mergeEndpoint(documented, found);
  });
  const dtos = new Map([...source.dtos].map((dto) => [dto.name, dto]));
  for (const dto of document.dtos) {
    const own = dtos.get(dto.name);
    dtos.set(
      dto.name,
      own
        ? { ...dto, fields: dto.fields.length > 0 ? dto.fields : own.fields, file_path: own.file_path, line_number: own.line_number }
        : dto,
    );
  }
  const merged = [...met, ...[...unmet.values()].flat()];
  return { endpoints: unique(merged).sort(byPlace), dtos: [...dtos.values()].sort((a, b) => byText(a.name, b.name)) };
}

function mergeEndpoint(documented: Endpoint, found: Endpoint): Endpoint {
  const known = new Set(documented.parameters.map(({ location, name }) => `${location} ${name}`));
  const added = found.parameters.filter(
    ({ location, name }) => location !== 'path' && location !== 'body' && !known.has(`${location} ${name}`),
  );
  return {
    ...documented,
    parameters: [...documented.parameters, ...added],
    request_dto: documented.request_dto ?? found.request_dto,
    response_dto: documented.response_dto ?? found.response_dto,
    requires_auth: documented.requires_auth || found.requires_auth,
    auth_roles: [...new Set([...documented.auth_roles, ...found.auth_roles])].sort(byText),
    file_path: found.file_path,
    line_number: found.line_number,
    description: documented.description ?? found.description,
    tags: [...new Set([...documented.tags, ...found.tags])],
  };
}

function keyOf(method: string, path: string): string {
  return `${method} ${namelessPath(path)}`;
}

/** A route written twice is one endpoint: the first one answers. */
function unique(endpoints: readonly Endpoint[]): Endpoint[] {
  const seen = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = keyOf(endpoint.method, endpoint.full_path);
    if (!seen.has(key)) seen.set(key, endpoint);
  }
  return [...seen.values()];
}

function byPlace(a: Endpoint, b: Endpoint): number {
  return byText(a.full_path, b.full_path) || byText(a.method, b.method);
}
