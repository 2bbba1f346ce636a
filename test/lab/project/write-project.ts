import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seededRandom } from '../random';
import { NEW_FEATURE } from '../service/bugs';
import { serviceSource } from '../service/source';
import { planLab, USUAL_MIX, type Mix } from '../plan';
import { importLine } from '../tests/module-text';
import { SPACE_FILES } from '../tests/steps';
import type { BugTruth, FixTruth, TestTruth, Truth } from '../truth';
import { chooseVocabulary, setOf, type Vocabulary } from '../vocabulary';
import { plantedFixes } from '../fixes/planted-fixes';
import { gitHistory } from './git-history';
import { innocentCommit } from './innocent';
import { nameModules, writtenWith, type NamedModule } from './named-modules';

export interface LabOptions {
  readonly seed: number;
  /** Empty or absent folder: gets `project/`, `base/`, `truth.json` and `fixes.json`. */
  readonly folder: string;
  readonly mix?: Partial<Mix>;
  /** Healthy commits before the base. */
  readonly earlier?: number;
}

export interface WrittenLab {
  readonly folder: string;
  readonly project: string;
  readonly truth: Truth;
  readonly fixes: readonly FixTruth[];
}

const INNOCENT_BETWEEN = { least: 4, most: 9 };

/** Writes a project with its history in git, and beside it what is true of it. The same options give the same bytes. */
export function writeLab(options: LabOptions): WrittenLab {
  const mix = { ...USUAL_MIX, ...options.mix };
  const set = setOf(options.seed);
  const random = seededRandom(`lab-${options.seed}`);
  const vocabulary = chooseVocabulary(set, mix.tests, random.part('vocabulary'));
  const plan = planLab(vocabulary, set, mix, random.part('plan'));
  const project = join(options.folder, 'project');
  rmSync(project, { recursive: true, force: true });
  const repository = gitHistory();

  const modules = nameModules(plan, vocabulary, random.part('names'));
  const files: Record<string, string> = { ...projectFiles(vocabulary, options.seed), ...spaceFiles(vocabulary) };
  for (const { words, source } of vocabulary.services.map((words) => ({ words, source: serviceSource(words, vocabulary.layout) })))
    for (const [path, text] of Object.entries(source)) files[`services/${words.name}/src/${path}`] = text;
  for (const module of modules) {
    Object.assign(files, module.files);
    if (module.test.category !== 'new_feature')
      files[module.file] = module.test.brokenLater ? writtenWith(module, module.test.brokenLater).text : module.written.text;
  }
  repository.commit(files, 'The services and their tests');
  const current = { ...files };
  const history = random.part('history');
  let n = 0;
  const innocent = () => {
    const commit = innocentCommit(current, vocabulary.services, vocabulary.layout, ++n, history);
    Object.assign(current, commit.files);
    return repository.commit(commit.files, commit.message);
  };
  const earlier: number[] = [];
  for (let i = 0; i < (options.earlier ?? 3); i++) earlier.push(innocent());
  const base = earlier.at(-1) ?? repository.newest();
  writeTree(
    join(options.folder, 'base'),
    Object.fromEntries(Object.entries(current).filter(([path]) => /^services\/[^/]+\/src\//.test(path))),
  );

  // What is done after the base, in an order that tells nothing.
  const commits: (() => void)[] = [];
  const bugCommits = new Map<string, number>();
  for (const bug of plan.bugs)
    commits.push(() => {
      const path = sourceOf(bug.resource.service, vocabulary.layout.file(bug.kind.part, bug.resource));
      current[path] = replaceOnce(
        current[path] as string,
        bug.kind.find(bug.resource),
        bug.kind.with(bug.resource),
        `${bug.id} (${bug.kind.feature}/${bug.kind.name}) in ${path}`,
      );
      bugCommits.set(bug.id, repository.commit({ [path]: current[path] }, bug.kind.message(bug.resource)));
    });
  for (const resource of plan.newFeature)
    commits.push(() => {
      const path = sourceOf(resource.service, vocabulary.layout.file('routes', resource));
      current[path] = replaceOnce(current[path] as string, NEW_FEATURE.find(), NEW_FEATURE.with(resource), path);
      const tests = modules.filter((m) => m.test.category === 'new_feature' && m.test.resource === resource);
      repository.commit(
        { [path]: current[path], ...Object.fromEntries(tests.map((m) => [m.file, m.written.text])) },
        `History of ${resource.many}`,
      );
    });
  for (const module of modules.filter((m) => m.test.brokenLater !== undefined))
    commits.push(() => void repository.commit({ [module.file]: module.written.text }, `Checks of ${module.test.resource.many}`));
  for (let i = history.int(INNOCENT_BETWEEN.least, INNOCENT_BETWEEN.most); i > 0; i--) commits.push(() => void innocent());
  for (const commit of history.shuffled(commits)) commit();
  innocent();
  const hash = repository.write(project);

  const ids = new Map(modules.map((module) => [module.test.key, module.id]));
  const truth: Truth = {
    seed: options.seed,
    set,
    services: vocabulary.services.map(({ name }) => ({
      name,
      source: `services/${name}/src`,
      regions: plan.regions[name] ?? {},
      seeds: plan.seeds[name] ?? {},
    })),
    partner: plan.partner,
    commits: { base: hash(base), head: hash(repository.newest()), earlier: earlier.map(hash) },
    tests: modules.map((module) => testTruth(module, ids)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    bugs: plan.bugs.map((bug): BugTruth => {
      const file = sourceOf(bug.resource.service, vocabulary.layout.file(bug.kind.part, bug.resource));
      return {
        id: bug.id,
        kind: bug.kind.name,
        feature: bug.kind.feature,
        intermittent: bug.kind.intermittent ?? false,
        service: bug.resource.service,
        resource: bug.resource.many,
        file,
        line: lineOf(current[file] as string, files[file] as string, bug.kind.find(bug.resource), bug.kind.with(bug.resource)),
        commit: hash(bugCommits.get(bug.id) as number),
        tests: modules.filter((m) => m.test.bug === bug.id).map((m) => m.id),
      };
    }),
  };
  const fixes = plantedFixes(modules, random.part('fixes'));
  writeFileSync(join(options.folder, 'truth.json'), `${JSON.stringify(truth, undefined, 1)}\n`);
  writeFileSync(join(options.folder, 'fixes.json'), `${JSON.stringify(fixes, undefined, 1)}\n`);
  return { folder: options.folder, project, truth, fixes };
}

function testTruth(module: NamedModule, ids: ReadonlyMap<string, string>): TestTruth {
  const { test } = module;
  const id = (key: string) => ids.get(key) as string;
  return {
    id: module.id,
    file: module.file,
    service: test.service.name,
    language: test.language,
    category: test.category,
    resource: test.resource.many,
    ...(test.feature ? { feature: test.feature } : {}),
    ...(test.looksLike ? { looksLike: test.looksLike } : {}),
    ...(test.shape ? { shape: test.shape } : {}),
    ...(test.bug ? { bug: test.bug } : {}),
    ...(test.broken ? { broken: test.broken } : {}),
    ...(test.pollutes ? { pollutes: id(test.pollutes) } : {}),
    ...(test.flaky
      ? {
          flaky: {
            pattern: test.flaky.pattern,
            line: module.written.lines.flaw[0] ?? 1,
            shape: test.flaky.shape,
            designedRate: test.flaky.designedRate,
            circumstances: test.flaky.circumstances,
            ...(test.flaky.polluter ? { polluter: id(test.flaky.polluter) } : {}),
            ...(test.flaky.rivals ? { rivals: test.flaky.rivals.map(id) } : {}),
          },
        }
      : {}),
  };
}

function projectFiles({ services }: Vocabulary, seed: number): Record<string, string> {
  return {
    'e2e.conf': `general:
  parallel_workers: 4
  test_timeout_seconds: 20

project:
  name: project-${seed}

services:
${services.map(({ name }) => `  ${name}:\n    base_url: \${${name.toUpperCase()}_URL}\n    health_endpoint: /health\n    baseline:\n      base_url: \${${name.toUpperCase()}_BASE_URL}\n`).join('')}`,
    'README.md': `# ${services.map(({ name }) => name).join(' and ')}\n\nServices in \`services/<name>/src\`, their tests in \`services/<name>/modules\`.\n`,
    '.gitignore': '.e2e/\nnode_modules/\n',
    'package.json': `${JSON.stringify({ name: `project-${seed}`, private: true, dependencies: { express: '5.1.0', pg: '8.23.1' } }, undefined, 2)}\n`,
  };
}

/** What tests of a service use to get a space of their own. */
function spaceFiles({ services }: Vocabulary): Record<string, string> {
  return Object.fromEntries(
    services.map(({ name, spaces, space }) => [
      `services/${name}/modules/${SPACE_FILES.js}.ts`,
      `${importLine('@testimony/page', ['type Page'], false)}

/** A new ${space} that no other test knows. */
export async function own${space}(page: Page, region: string): Promise<number> {
  const made = await page.post('/${spaces}', { json: { region } });
  page.assertStatus(made, 201);
  return made.json<{ id: number }>().id;
}
`,
    ]),
  );
}

function sourceOf(service: string, path: string): string {
  return `services/${service}/src/${path}`;
}

function replaceOnce(text: string, find: string, by: string, what: string): string {
  const first = text.indexOf(find);
  if (first === -1 || text.includes(find, first + 1)) throw new Error(`${what}: what changes must stand there exactly once: ${find}`);
  return text.slice(0, first) + by + text.slice(first + find.length);
}

/** Line of the first character that the bug changed, in the final text. */
function lineOf(final: string, before: string, find: string, by: string): number {
  let same = 0;
  while (same < find.length && same < by.length && find[same] === by[same]) same += 1;
  const at =
    by === ''
      ? final.indexOf(before.slice(before.indexOf(find) + find.length).slice(0, 60))
      : final.indexOf(by) + Math.min(same, by.length);
  return final.slice(0, Math.max(0, at)).split('\n').length;
}

function writeTree(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
