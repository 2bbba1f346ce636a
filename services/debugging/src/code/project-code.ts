import { lineCommits, reachReader, type Reach, type ReachedCode } from '@testimony/code-analysis';
import type { Manifest } from '@testimony/contracts';
import { readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { endpointOf } from '../failure/match-endpoint';

/** The project's files and history, each read once for an analysis. */
export interface ProjectCode {
  /** line -> commit, for files whose commit matters. */
  lineCommits(revision: string, file: string): Promise<ReadonlyMap<number, string>>;
  /** The code that a request of this shape runs; undefined where neither manifest nor sources name it. */
  reach(shape: string): Reach | undefined;
  imports(file: string): ReadonlyMap<string, number>;
  /** These lines of a project's file; empty when it is none. */
  text(file: string, from: number, to: number): string;
  textOf(code: ReachedCode): string;
}

const MAX_BYTES = 1_000_000;
/** Files that are looked through for where a path is written. */
const MAX_SEARCHED = 1_500;

/** `sources`: files in which the routes of unknown frameworks are looked for. `changed`: files in which implementations of interfaces are looked for too. */
export function projectCode(
  root: string,
  manifest: Manifest | undefined,
  sources: readonly string[],
  changed: readonly string[],
): ProjectCode {
  const reader = reachReader(root);
  const blames = new Map<string, Promise<ReadonlyMap<number, string>>>();
  const reaches = new Map<string, Reach | undefined>();
  const lines = new Map<string, readonly string[]>();

  const linesOf = (file: string): readonly string[] => {
    const known = lines.get(file);
    if (known) return known;
    const path = resolve(root, file);
    const inside = !relative(root, path).startsWith('..');
    const entry = inside ? statSync(path, { throwIfNoEntry: false }) : undefined;
    const read = entry?.isFile() && entry.size <= MAX_BYTES ? readFileSync(join(root, file), 'utf8').split('\n') : [];
    lines.set(file, read);
    return read;
  };
  const text = (file: string, from: number, to: number): string =>
    linesOf(file)
      .slice(Math.max(0, from - 1), to)
      .join('\n');

  return {
    lineCommits: (revision, file) => remembered(blames, `${revision} ${file}`, () => lineCommits(root, revision, file)),
    imports: (file) => reader.imports(file),
    text,
    textOf: ({ file, from, to }) => text(file, from, to),
    reach: (shape) => {
      if (reaches.has(shape)) return reaches.get(shape);
      const endpoint = endpointOf(manifest, shape);
      const [method = '', path = '/'] = shape.split(' ', 2);
      const files = [...new Set([...changed, ...sources])].slice(0, MAX_SEARCHED);
      const found = (endpoint && reader.from(endpoint.file_path, endpoint.line_number, changed)) ?? reader.fromRoute(method, path, files);
      reaches.set(shape, found);
      return found;
    },
  };
}

function remembered<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known) return known;
  const made = make();
  kept.set(key, made);
  return made;
}
