import { changesSince, isReadableTest, reachReader } from '@testimony/code-analysis';
import type { Configuration, Manifest } from '@testimony/contracts';

/** What differs from the base, for the tests of one service. */
export interface ServiceChanges {
  /** Files of handlers that differ, themselves or in what they import. */
  readonly handlers: ReadonlySet<string>;
  /** The same for test files. */
  readonly tests: ReadonlySet<string>;
}

export interface BaseChanges {
  /** By service; nothing for a service without a base, or whose base cannot be read. */
  readonly byService: ReadonlyMap<string, ServiceChanges>;
  /** Why a base cannot be read, a sentence each. */
  readonly notes: readonly string[];
}

/** A test of a service, as far as its changes matter. */
export interface TestFile {
  readonly service: string;
  readonly file: string;
}

/** Compares the project with the base revision of each service, where there is one. */
export async function readChanges(
  root: string,
  manifest: Manifest,
  services: Configuration['services'],
  tests: readonly TestFile[],
  baseRevision: string | undefined,
): Promise<BaseChanges> {
  const revisions = new Map<string, string>();
  for (const service of new Set(tests.map((test) => test.service))) {
    const revision = baseRevision ?? services[service]?.baseline?.revision;
    if (revision !== undefined) revisions.set(service, revision);
  }
  const byService = new Map<string, ServiceChanges>();
  const notes: string[] = [];
  if (revisions.size === 0) return { byService, notes };
  const reach = reachReader(root);
  const handlers = new Set(manifest.services.flatMap(({ endpoints }) => endpoints.map(({ file_path }) => file_path)));
  for (const revision of new Set(revisions.values())) {
    const changes = await changesSince(root, revision);
    if (changes.problem !== undefined) {
      notes.push(`What changed since ${revision} is not known: ${changes.problem}`);
      continue;
    }
    const changed = new Set(changes.files.flatMap(({ path, renamedFrom }) => (renamedFrom === undefined ? [path] : [path, renamedFrom])));
    const differs = (file: string): boolean =>
      changed.has(file) || (isReadableTest(file) && [...reach.imports(file).keys()].some((path) => changed.has(path)));
    // Where nothing changed, nothing has to be parsed.
    const those = (files: Iterable<string>): Set<string> => new Set(changed.size === 0 ? [] : [...files].filter(differs));
    const changedHandlers = those(handlers);
    for (const [service, of] of revisions)
      if (of === revision)
        byService.set(service, {
          handlers: changedHandlers,
          tests: those(new Set(tests.filter((test) => test.service === service).map(({ file }) => file))),
        });
  }
  return { byService, notes };
}
