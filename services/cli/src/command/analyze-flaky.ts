import { relative, resolve, sep } from 'node:path';
import { realpathSync } from 'node:fs';
import { DomainError, EXIT } from '@testimony/contracts';
import type { Detection, FlakyAnalysis, TestCase } from '@testimony/contracts';
import { flakeReader } from '@testimony/code-analysis';
import { allFrameworks } from '@testimony/frameworks';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import { count, percent, plainText } from '../terminal/plain-text';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';
import { plan } from './plan-strategy';
import { withRunningSystem } from './running-system';

interface AnalyzeOptions extends CommonOptions {
  readonly testFile?: string;
  readonly dynamic?: boolean;
  readonly runs: string;
  readonly seed: string;
  readonly parallel?: string;
}

/** More say little that fewer do not, and a machine is kept busy for long. */
const MOST_RUNS = 1000;

/**
 * `e2e analyze-flaky [FILE]`: what in test code can make it flaky, by reading; with `--dynamic` also by experiments.
 * Ends with 0 also when it finds something: findings are advice, not a verdict.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function analyzeFlaky(world: World, file: string | undefined, options: AnalyzeOptions): Promise<number> {
  const runs = wholeNumber('--runs', options.runs, 2, MOST_RUNS);
  const seed = wholeNumber('--seed', options.seed, 0, 2 ** 31 - 1);
  const given = file ?? options.testFile;
  const project = await openProject(world, {
    ...options,
    configurationOptional: options.dynamic !== true,
    unsetVariablesLeftOut: options.dynamic !== true,
  });
  const chosen = given === undefined ? undefined : insideProject(project.location.root, resolve(world.cwd, given), given);
  const files = chosen === undefined ? await testFiles(project.location.root) : [chosen];
  if (files.length === 0) {
    throw new DomainError(
      'no-tests',
      'There is no test in this project: name a file with -f FILE, or write a module below services/<name>/modules.',
    );
  }
  const readings = await flakeReader(project.location.root).read(files);
  const unreadable = readings[0];
  if (chosen !== undefined && unreadable && 'problem' in unreadable) throw new DomainError('file-unreadable', unreadable.problem);
  const analysis: FlakyAnalysis = {
    files: files.map((name, index) => {
      const reading = readings[index];
      if (!reading || 'problem' in reading) return { file: name, findings: [], problem: reading?.problem ?? 'it was not read' };
      return { file: name, findings: [...reading.findings] };
    }),
  };
  const tests = options.dynamic ? await detect(world, project, options, chosen, runs, seed) : undefined;
  if (options.json) sayData(world, { ...analysis, ...(tests ? { tests } : {}) });
  else world.stdout.write(inWords(analysis, tests, painterOf(world)));
  return EXIT.passed;
}

async function testFiles(root: string): Promise<string[]> {
  const files = new Set<string>();
  for (const framework of allFrameworks) {
    const { tests, problems } = await framework.discover(root);
    for (const { file } of [...tests, ...problems]) files.add(file);
  }
  return [...files].toSorted();
}

function insideProject(root: string, file: string, given: string): string {
  let real: string;
  try {
    real = realpathSync(file);
  } catch (error) {
    throw new DomainError('file-unreadable', `${given} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`, 404);
  }
  const path = relative(root, real);
  if (path === '' || path.startsWith('..') || resolve(path) === path) {
    throw new DomainError('file-outside', `${given} is not a file of the project at ${root}: name the project with -p DIR.`);
  }
  return path.split(sep).join('/');
}

async function detect(
  world: World,
  project: Project,
  options: AnalyzeOptions,
  file: string | undefined,
  runs: number,
  seed: number,
): Promise<Detection[]> {
  const paint = painter(wantsColour(world.environment, world.stderr));
  return withRunningSystem(world, project, options, async ({ backend, signal }) => {
    const { strategy } = await plan(backend, project, { ...options, defaultName: 'analyze-flaky' });
    const wanted = (test: TestCase): boolean => test.metadata.skip === undefined && (file === undefined || test.module === file);
    const tests = strategy.testCases.filter(wanted);
    if (tests.length === 0) throw new DomainError('no-tests', `${file ?? 'This project'} holds no test that can be run.`);
    const healing = await backend.healing();
    return healing.detect(backend.healedProject, tests, { runsEach: runs, seed, signal, tell: (line) => say(world, paint('dim', line)) });
  });
}

type Painted = ReturnType<typeof painter>;

function painterOf(world: World): Painted {
  return painter(wantsColour(world.environment, world.stdout));
}

function inWords(analysis: FlakyAnalysis, tests: readonly Detection[] | undefined, paint: Painted): string {
  const lines: string[] = [];
  for (const { file, findings, problem } of analysis.files) {
    if (problem !== undefined) lines.push(paint('yellow', plainText(problem)), '');
    for (const { line, pattern, probability, message, suggestion } of findings) {
      lines.push(`${paint('bold', `${file}:${line}`)}  ${paint('yellow', pattern.replaceAll('_', ' '))} (${percent(probability)})`);
      lines.push(`  ${plainText(message)}`, `  ${paint('dim', plainText(suggestion))}`, '');
    }
  }
  for (const test of tests ?? []) {
    if (test.verdict === 'stable') continue;
    lines.push(
      `${paint('bold', plainText(test.name))}  ${paint(test.verdict === 'flaky' ? 'yellow' : 'red', test.verdict)} (${percent(test.probability)})  ${plainText(test.file)}`,
    );
    lines.push(`  ${plainText(test.reason)}`);
    if (test.polluter)
      lines.push(
        `  It fails after "${plainText(test.polluter.name)}": ${test.polluter.withIt.failed} of ${count(test.polluter.withIt.runs, 'run')} with it, ${test.polluter.withoutIt.failed} of ${test.polluter.withoutIt.runs} without.`,
      );
    lines.push('');
  }
  const found = analysis.files.reduce((sum, { findings }) => sum + findings.length, 0);
  const flaky = tests?.filter(({ verdict }) => verdict === 'flaky').length;
  lines.push(
    `${count(analysis.files.length, 'file')} read: ${found === 0 ? 'nothing that makes a test flaky' : count(found, 'finding')}.${
      tests ? ` ${count(tests.length, 'test')} tried: ${flaky} flaky.` : ' Try them under changing conditions: e2e analyze-flaky --dynamic'
    }`,
  );
  return `${lines.join('\n')}\n`;
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new DomainError('option-invalid', `${flag} ${text}: it must be a whole number from ${least} to ${most}.`);
  }
  return value;
}
