import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flakeReader, isFlakeReadable } from '@testimony/code-analysis';
import { findingSchema, type Finding, type TestPrior } from '@testimony/contracts';
import type { DiscoveredTest } from '@testimony/frameworks';

type Patterns = NonNullable<TestPrior['patterns']>;

/** Findings of a project's test files, and what they were made of. */
interface Kept {
  readonly version: 1;
  /** Of all files that were read. */
  readonly digest: string;
  /** The test files that were asked for. */
  readonly files: readonly string[];
  readonly sources: readonly string[];
  readonly findings: Readonly<Record<string, readonly Place[]>>;
}

type Place = Pick<Finding, 'line' | 'pattern' | 'probability'>;
const placesSchema = findingSchema.pick({ line: true, pattern: true, probability: true }).array();

const FILE = 'flake-findings.json';
const AT_ONCE = 64;

/** What of a test is needed to find its places in a file. */
type PatternedTest = Pick<DiscoveredTest, 'id' | 'file' | 'line' | 'titlePath'>;

export interface PatternReader {
  /** What in their sources can make the tests flaky, by test id. Files that cannot be read have nothing: who runs them says so. */
  read(root: string, tests: readonly PatternedTest[]): Promise<ReadonlyMap<string, Patterns>>;
  /** As `read`, but undefined when that would take long: the sources changed since they were read, and are many. */
  readSoon(root: string, tests: readonly PatternedTest[]): Promise<ReadonlyMap<string, Patterns> | undefined>;
}

/** Reading so many files takes a fifth of a second, most of it for loading the compiler. */
const SOON_FILES = 100;

/**
 * Reading 500 test files takes a second of CPU, many times what the rest of a plan takes, and they seldom change between two plans. So what
 * was found is kept, in `folder` or else in memory, until one of the files changes, a helper included.
 */
export function openPatternReader(folder?: string): PatternReader {
  const inMemory = new Map<string, Kept>();
  const find = async (
    root: string,
    tests: readonly PatternedTest[],
    mostUnread: number,
  ): Promise<ReadonlyMap<string, Patterns> | undefined> => {
    const files = [...new Set(tests.map(({ file }) => file))].filter(isFlakeReadable).sort();
    if (files.length === 0) return new Map();
    const known = inMemory.get(root) ?? (folder === undefined ? undefined : await load(folder));
    const isSame =
      known !== undefined && known.files.join('\n') === files.join('\n') && known.digest === (await digestOf(root, known.sources));
    if (!isSame && files.length > mostUnread) return undefined;
    const kept = isSame ? known : await readAll(root, files);
    inMemory.set(root, kept);
    if (!isSame && folder !== undefined) await save(folder, kept);
    return byTest(tests, kept.findings);
  };
  return {
    read: async (root, tests) => (await find(root, tests, Infinity)) ?? new Map(),
    readSoon: (root, tests) => find(root, tests, SOON_FILES),
  };
}

async function readAll(root: string, files: readonly string[]): Promise<Kept> {
  const reader = flakeReader(root);
  const readings = await reader.read(files);
  const findings: Record<string, readonly Place[]> = {};
  files.forEach((file, index) => {
    const reading = readings[index];
    if (reading && 'findings' in reading && reading.findings.length > 0)
      findings[file] = reading.findings.map(({ line, pattern, probability }) => ({ line, pattern, probability }));
  });
  const sources = reader.sources();
  return { version: 1, digest: await digestOf(root, sources), files: [...files], sources: [...sources], findings };
}

/** By size and time of change, as git's index does it: reading 500 files again costs a tenth of a plan. */
async function digestOf(root: string, sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < sources.length; at += AT_ONCE) {
    const some = sources.slice(at, at + AT_ONCE);
    const found = await Promise.all(some.map((path) => stat(join(root, path), { bigint: true }).catch(() => undefined)));
    some.forEach((path, index) => hash.update(`${path}\0${found[index]?.size ?? 'gone'}\0${found[index]?.mtimeNs ?? ''}\0`));
  }
  return hash.digest('hex');
}

async function load(folder: string): Promise<Kept | undefined> {
  try {
    return keptIn(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
  } catch {
    // Not there, or cut off by the end of its writer: it is made anew.
    return undefined;
  }
}

function keptIn(value: unknown): Kept | undefined {
  const { version, digest, files, sources, findings } = value as Partial<Kept>;
  const isWhole =
    version === 1 && typeof digest === 'string' && Array.isArray(files) && Array.isArray(sources) && typeof findings === 'object';
  if (!isWhole || !Object.values(findings ?? {}).every((places) => placesSchema.safeParse(places).success)) return undefined;
  return value as Kept;
}

async function save(folder: string, kept: Kept): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${FILE}.${process.pid}`);
  await writeFile(draft, JSON.stringify(kept));
  await rename(draft, join(folder, FILE));
}

/** A file with several tests: each has what stands between its first line and the next test's, and what stands above all of them. */
function byTest(tests: readonly PatternedTest[], findings: Readonly<Record<string, readonly Place[]>>): Map<string, Patterns> {
  const lines = new Map<string, number[]>();
  for (const { file, line, titlePath } of tests)
    if (line !== undefined && titlePath.length > 0) lines.set(file, [...(lines.get(file) ?? []), line]);
  for (const each of lines.values()) each.sort((a, b) => a - b);
  return new Map(
    tests.flatMap((test) => {
      const places = findings[test.file];
      if (!places) return [];
      const starts = lines.get(test.file) ?? [];
      const next = starts.find((line) => line > (test.line ?? 0)) ?? Infinity;
      const isOne = test.titlePath.length === 0 || test.line === undefined;
      const own = isOne ? places : places.filter(({ line }) => line < (starts[0] ?? 0) || (line >= (test.line ?? 0) && line < next));
      return own.length === 0 ? [] : [[test.id, likeliest(own)] as const];
    }),
  );
}

/** Of each pattern the likeliest place, the likeliest pattern first. */
function likeliest(places: readonly Place[]): Patterns {
  const best = new Map<Place['pattern'], Place>();
  for (const place of places) if ((best.get(place.pattern)?.probability ?? -1) < place.probability) best.set(place.pattern, place);
  return [...best.values()]
    .sort((a, b) => b.probability - a.probability || a.line - b.line)
    .map(({ pattern, probability, line }) => ({ pattern, probability, line }));
}
