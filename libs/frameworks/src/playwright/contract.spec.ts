import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeFrameworkContract } from '../testing/framework-contract';
import { playwrightFramework } from './playwright';

const installed = dirname(dirname(require.resolve('@playwright/test/package.json')));

describeFrameworkContract(playwrightFramework, async (root) => {
  await mkdir(join(root, 'node_modules'));
  await symlink(installed, join(root, 'node_modules', '@playwright'));
  await writeFile(join(root, 'package.json'), '{}');
  await writeFile(
    join(root, 'playwright.config.ts'),
    `import { defineConfig } from '@playwright/test';\nexport default defineConfig({ testDir: 'services' });\n`,
  );
  const folder = join(root, 'services', 'shop', 'tests');
  await mkdir(folder);
  await writeFile(
    join(folder, 'shop.spec.ts'),
    `import { expect, test } from '@playwright/test';
test.describe('shop', () => {
  test('passes', async ({ request }) => { await expect(await request.get(\`/pid/\${process.pid}/passes\`)).toBeOK(); });
  test('holds', async ({ request }) => {
    await request.get(\`/pid/\${process.pid}/holds\`);
    await expect(await request.get('/hold/one')).toBeOK();
  });
  test('fails', async ({ request }) => { expect((await (await request.get('/x')).json()).ok).toBe(1); });
  test('hangs', async ({ request }) => { test.setTimeout(500); await request.get('/hold/never'); });
  test('loops', async () => { for (;;); });
  test('exits', async () => { process.exit(3); });
  test('follows', async ({ request }) => { await expect(await request.get('/x')).toBeOK(); });
  test('tells', async ({ request }) => {
    const told = { pid: process.pid, offset: new Date(0).getTimezoneOffset(), now: Date.now(), random: Math.random() };
    expect((await (await request.get(\`/tell?\${encodeURIComponent(JSON.stringify(told))}\`)).json()).ok).toBe(true);
  });
});
`,
  );
});
