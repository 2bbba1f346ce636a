import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const built = resolve(__dirname, '..', 'dist', 'index.d.ts');

it('gives editors types for a project with nothing installed', async () => {
  if (!existsSync(built)) throw new Error(`${built} is missing: run the build of libs/page first`);
  const folder = await mkdtemp(join(tmpdir(), 'testimony-types-'));
  try {
    const file = join(folder, '01_a.ts');
    await writeFile(
      file,
      `import { expect, type Page } from '@testimony/page';
export async function run(page: Page): Promise<void> {
  const response = await page.get('/x', { query: { a: 1 } });
  const status: number = response.status;
  page.assertJson(response, { id: expect.any(Number) });
  expect(status).toBe(200);
  // @ts-expect-error
  await page.get('/x', { queries: {} });
  // @ts-expect-error
  expect(status).toBeNothing();
}
`,
    );
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: [],
      paths: { '@testimony/page': [built] },
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(problems).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
