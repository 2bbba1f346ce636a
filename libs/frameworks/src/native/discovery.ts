import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import type { DiscoveredTest, Discovery, DiscoveryProblem } from '../framework';
import { endpointOf, metaProblem, readModule, type ModuleFacts, type ModuleMeta } from './module-source';

/** In the order in which files of one name get the plain id; the others carry their extension in it. */
const EXTENSIONS = ['.ts', '.js', '.mjs', '.py'];
const NUMBERED = /^\d{2,}_[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** Files read and parsed at once. */
const AT_ONCE = 16;
const PYTHON_LIMIT_MS = 60_000;
const MOST_PYTHON_OUTPUT = 64 * 1024 * 1024;

interface Candidate {
  readonly service: string;
  /** Project-relative. */
  readonly file: string;
  readonly stem: string;
  readonly extension: string;
}

async function names(path: string, kind: 'files' | 'folders'): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => (kind === 'files' ? entry.isFile() || entry.isSymbolicLink() : entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

async function candidates(root: string, services: readonly string[] | undefined): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const service of await names(join(root, 'services'), 'folders')) {
    if (services && !services.includes(service)) continue;
    for (const name of await names(join(root, 'services', service, 'modules'), 'files')) {
      const extension = extname(name);
      if (!EXTENSIONS.includes(extension) || name.endsWith('.d.ts') || name.startsWith('_') || name.startsWith('.')) continue;
      found.push({ service, file: `services/${service}/modules/${name}`, stem: basename(name, extension), extension });
    }
  }
  return found;
}

interface PythonFacts {
  readonly hasRun?: boolean;
  readonly line?: number;
  readonly description?: string;
  readonly meta?: Record<string, unknown>;
  readonly calls?: readonly (readonly [string, string])[];
  readonly problem?: { readonly line?: number; readonly message: string };
}

/** One Python process reads all Python modules. A string instead of facts says why it could not. */
function readPython(root: string, files: readonly string[]): Promise<Readonly<Record<string, PythonFacts>> | string> {
  return new Promise((done) => {
    const script = resolve(__dirname, 'read_modules.py');
    const child = execFile(
      'python3',
      ['-B', script],
      { cwd: root, env: { PATH: process.env['PATH'] }, timeout: PYTHON_LIMIT_MS, maxBuffer: MOST_PYTHON_OUTPUT },
      (error, stdout, stderr) => {
        if (!error) return done(JSON.parse(stdout) as Record<string, PythonFacts>);
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          return done('needs python3, which is not installed or not on the PATH: install Python 3.9 or later');
        done(`could not be read by python3: ${stderr.trim().split('\n').at(-1) ?? error.message}`);
      },
    );
    // A python3 that is missing breaks this pipe; the callback says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(files));
  });
}

function factsOfPython(read: PythonFacts): ModuleFacts {
  const { hasRun = false, line, description, meta = {}, calls = [], problem } = read;
  const said = metaProblem(meta);
  const found =
    problem ?? (said === undefined ? undefined : { ...(line !== undefined && { line }), message: said.replace(/^meta/, 'META') });
  return {
    hasRun,
    ...(line !== undefined && { line }),
    meta: { ...(description !== undefined && { description }), ...(said === undefined ? (meta as ModuleMeta) : {}) },
    endpoints: [...new Set(calls.flatMap(([method, path]) => endpointOf(method, path) ?? []))],
    ...(found && { problem: found }),
  };
}

function problemOf(candidate: Candidate, facts: ModuleFacts): DiscoveryProblem | undefined {
  const { file, stem, extension } = candidate;
  const numbered = NUMBERED.test(stem);
  const at = (line: number | undefined, said: string): DiscoveryProblem => ({
    file,
    ...(line !== undefined && { line }),
    message: `${file}${line === undefined ? '' : `:${line}`} ${said}`,
  });
  if (facts.problem && (numbered || facts.hasRun)) return at(facts.problem.line, facts.problem.message);
  if (numbered && !facts.hasRun) {
    const example = extension === '.py' ? '`def run(page):`' : '`export async function run(page) { ... }`';
    return at(1, `has no function run(page), so it will fail: add ${example}, or begin its name with _ if it only helps others`);
  }
  if (!numbered && facts.hasRun)
    return at(
      facts.line,
      `has a run(page) but is not named NN_name${extension}, so it is not run: rename it to 01_${stem}${extension} for example`,
    );
  return undefined;
}

/** Names of tests read like `create order` rather than `01_create_order`. */
function title(stem: string): string {
  return stem.replace(/^\d+_/, '').replaceAll(/[_-]+/g, ' ');
}

/** Finds the native modules of a project by reading their source; nothing of it is run. */
export async function discoverModules(root: string, services?: readonly string[]): Promise<Discovery> {
  const found = await candidates(root, services);
  const python = found.filter(({ extension }) => extension === '.py').map(({ file }) => file);
  const pythonFacts = python.length === 0 ? {} : await readPython(root, python);
  const read = async ({ file, extension }: Candidate): Promise<ModuleFacts> => {
    if (extension !== '.py') return readModule(file, await readFile(join(root, file), 'utf8'));
    if (typeof pythonFacts === 'string') return { hasRun: true, meta: {}, endpoints: [], problem: { message: pythonFacts } };
    return factsOfPython(pythonFacts[file] ?? { problem: { message: 'was not read' } });
  };
  const facts: ModuleFacts[] = [];
  for (let at = 0; at < found.length; at += AT_ONCE) facts.push(...(await Promise.all(found.slice(at, at + AT_ONCE).map(read))));

  const tests: DiscoveredTest[] = [];
  const problems: DiscoveryProblem[] = [];
  const owners = new Map<string, string>();
  for (const candidate of [...found].sort((a, b) => EXTENSIONS.indexOf(a.extension) - EXTENSIONS.indexOf(b.extension))) {
    const id = `${candidate.service}/${candidate.stem}`;
    if (NUMBERED.test(candidate.stem) && !owners.has(id)) owners.set(id, candidate.file);
  }
  found.forEach((candidate, i) => {
    const { service, file, stem, extension } = candidate;
    const { meta, line, endpoints } = facts[i] ?? { meta: {}, endpoints: [] };
    const problem = facts[i] && problemOf(candidate, facts[i]);
    if (problem) problems.push(problem);
    // A test that is broken stays a test: left out, it would be missed by nobody, and the run would be green without it.
    if (!NUMBERED.test(stem)) return;
    const plain = `${service}/${stem}`;
    const skip = meta.skip === true ? 'skipped by its meta' : meta.skip;
    tests.push({
      id: owners.get(plain) === file ? plain : `${plain}${extension}`,
      name: title(stem),
      description: meta.description ?? title(stem),
      framework: 'native',
      service,
      file,
      titlePath: [],
      ...(line !== undefined && { line }),
      tags: [...(meta.tags ?? []), ...(meta.priority === undefined ? [] : [`priority:${meta.priority}`])],
      dependencies: [...(meta.dependsOn ?? [])],
      ...(meta.timeoutMs !== undefined && { timeoutMs: meta.timeoutMs }),
      ...(typeof skip === 'string' && { skip }),
      endpoints: [...endpoints],
    });
  });
  return { tests, problems };
}
