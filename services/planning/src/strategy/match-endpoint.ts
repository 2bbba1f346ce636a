import { joinPath, namelessPath } from '@testimony/code-analysis';
import type { Endpoint, Manifest } from '@testimony/contracts';

/** A call as a test's source shows it: `METHOD /path` with `{}` for what is not literal. */
interface Call {
  readonly endpoint: string;
  /** The service that the call names; the test's own without one. */
  readonly service?: string;
}

export interface KnownEndpoint {
  readonly service: string;
  readonly endpoint: Endpoint;
}

export interface EndpointIndex {
  readonly all: readonly KnownEndpoint[];
  /** The endpoint that a call of a test of `service` reaches; undefined when the manifest has none. */
  find(call: Call, service: string): KnownEndpoint | undefined;
}

interface Template {
  readonly known: KnownEndpoint;
  readonly segments: readonly string[];
  readonly literals: number;
}

/** `basePaths`: the path part of each service's base URL, which the tests' own paths leave out. */
export function indexEndpoints(manifest: Manifest, basePaths: ReadonlyMap<string, string>): EndpointIndex {
  const all = manifest.services.flatMap((service) => service.endpoints.map((endpoint) => ({ service: service.name, endpoint })));
  const byShape = new Map<string, Template[]>();
  const open: Template[] = [];
  for (const known of all) {
    const segments = segmentsOf(namelessPath(known.endpoint.full_path));
    const template = { known, segments, literals: segments.filter((segment) => !segment.includes('{}')).length };
    if (/\{(wildcard|path|pattern|splat)\}$/.test(known.endpoint.full_path)) open.push(template);
    else {
      const key = `${known.service} ${segments.length}`;
      byShape.set(key, [...(byShape.get(key) ?? []), template]);
    }
  }
  const services = manifest.services.map((service) => service.name);
  return {
    all,
    find: (call, service) => {
      const own = call.service ?? service;
      const [method = '', path = '/'] = call.endpoint.split(' ', 2);
      // An absolute URL may lead to another service, which its path alone then tells.
      for (const name of call.service === undefined ? [own, ...services.filter((other) => other !== own)] : [own]) {
        const base = basePaths.get(name) ?? '';
        const paths = base === '' || base === '/' ? [path] : [joinPath(base, path), path];
        for (const each of paths) {
          const found = best(method, segmentsOf(each), name, byShape, open);
          if (found) return found;
        }
      }
      return undefined;
    },
  };
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** The template that fits with the most literal pieces: `/orders/mine` before `/orders/{id}`. */
function best(
  method: string,
  segments: readonly string[],
  service: string,
  byShape: ReadonlyMap<string, Template[]>,
  open: readonly Template[],
): KnownEndpoint | undefined {
  const sameLength = (byShape.get(`${service} ${segments.length}`) ?? []).filter((template) =>
    template.segments.every((segment, at) => fits(segment, segments[at] ?? '')),
  );
  const longer = open.filter(
    ({ known, segments: template }) =>
      known.service === service &&
      template.slice(0, -1).every((segment, at) => fits(segment, segments[at] ?? '')) &&
      segments.length >= template.length,
  );
  for (const candidates of [sameLength, longer]) {
    const fitting = candidates
      .filter(({ known }) => known.endpoint.method === method || known.endpoint.method === 'ALL')
      .sort((a, b) => b.literals - a.literals);
    if (fitting[0]) return fitting[0].known;
  }
  return undefined;
}

/** Does a piece of a test's path fit a piece of a template? What the test leaves open fits a parameter only. */
function fits(template: string, segment: string): boolean {
  if (template === '{}') return true;
  if (!template.includes('{}')) return template === segment;
  const before = template.slice(0, template.indexOf('{}'));
  const after = template.slice(template.lastIndexOf('{}') + 2);
  return segment.startsWith(before) && segment.endsWith(after) && segment.length >= before.length + after.length;
}
