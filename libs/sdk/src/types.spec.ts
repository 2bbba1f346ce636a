import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as ts from 'typescript';

const PACKAGE = resolve(__dirname, '..');
const NODE_TYPES = dirname(dirname(createRequire(__filename).resolve('@types/node/package.json')));

let folder: string;
beforeAll(async () => {
  const built = join(PACKAGE, 'dist', 'index.d.ts');
  if (!existsSync(built)) throw new Error(`${built} is missing: run the build of libs/sdk first`);
  folder = await mkdtemp(join(tmpdir(), 'testimony-sdk-types-'));
  // As `npm install <checkout>/libs/sdk` links it.
  await mkdir(join(folder, 'node_modules', '@testimony'), { recursive: true });
  await symlink(PACKAGE, join(folder, 'node_modules', '@testimony', 'sdk'), 'dir');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const consumer = (specifier: string): string => `
import { AutonomousRunner, StrategyPlanner, TestimonyError, type TestExecution, type TestStrategy } from '${specifier}';
export async function nightly(signal: AbortSignal): Promise<number | null> {
  const strategy: TestStrategy = await new StrategyPlanner('.', { signal }).generateStrategy({ name: 'nightly', targetServices: ['orders'] });
  const runner = new AutonomousRunner('.', { parallel_workers: 2 });
  const execution: TestExecution = await runner.runStrategy(strategy, (service) => ({ headers: { authorization: service } }));
  const reasons: string[] = execution.results.map(({ reason }) => reason);
  const total: number = execution.summary.total;
  // @ts-expect-error
  new AutonomousRunner('.', { paralel_workers: 2 });
  // @ts-expect-error
  if (execution.status === 'green') return total;
  // @ts-expect-error
  await runner.runStrategy(strategy, () => ({ headers: { retries: 3 } }));
  const error: unknown = reasons;
  return error instanceof TestimonyError ? error.exitCode : 0;
}
`;

const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
const node16 = { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };
it.each([
  ['bundler, installed', 'a.ts', bundler, '@testimony/sdk'],
  ['bundler, by path', 'b.ts', bundler, PACKAGE],
  ['node16, ESM', 'c.mts', node16, '@testimony/sdk'],
  ['node16, CommonJS by path', 'd.cts', node16, PACKAGE],
])('a consumer is checked against the built types: %s', async (_, name, resolution, specifier) => {
  const file = join(folder, name);
  await writeFile(file, consumer(specifier));
  const program = ts.createProgram([file], {
    ...resolution,
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: ts.ScriptTarget.ES2024,
    typeRoots: [NODE_TYPES],
    types: ['node'],
  });
  const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(problems).toEqual([]);
});
