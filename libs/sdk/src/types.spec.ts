import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const PACKAGE = resolve(__dirname, '..');

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
  ['bundler', bundler, { 'installed.ts': '@testimony/sdk', 'by-path.ts': PACKAGE }],
  ['node16', node16, { 'installed.mts': '@testimony/sdk', 'by-path.cts': PACKAGE }],
])(
  'a consumer is checked against the built types: %s',
  async (_, resolution, files) => {
    for (const [name, specifier] of Object.entries(files)) await writeFile(join(folder, name), consumer(specifier));
    const program = ts.createProgram(
      Object.keys(files).map((name) => join(folder, name)),
      { ...resolution, strict: true, noEmit: true, skipLibCheck: false, target: ts.ScriptTarget.ES2024, types: [] },
    );
    // Our declarations and the consumer; those of zod and of TypeScript itself are theirs to check, and large.
    const ours = program.getSourceFiles().filter(({ fileName }) => !fileName.includes('/node_modules/'));
    expect(ours.map(({ fileName }) => fileName)).toContain(resolve(PACKAGE, '../contracts/dist/models/execution.d.ts'));
    const problems = ours.flatMap((file) =>
      ts.getPreEmitDiagnostics(program, file).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    );
    expect(problems).toEqual([]);
  },
  30_000,
);
