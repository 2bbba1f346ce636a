// Writes the same 500 tests (2 requests, 3 assertions each) for every runner below one folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const TESTS = 500;
const PER_FILE = 10;

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const steps = (n) => `
  const got = await fetch(\`\${base}/items/${n}\`);
  expect(got.status).toBe(200);
  expect(await got.json()).toEqual({ id: ${n}, name: 'item ${n}', tags: ['a', 'b'] });
  const made = await fetch(\`\${base}/items\`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id: ${n} }) });
  expect(made.status).toBe(201);`;

const nodeSteps = (n) => `
  const got = await fetch(\`\${base}/items/${n}\`);
  assert.equal(got.status, 200);
  assert.deepEqual(await got.json(), { id: ${n}, name: 'item ${n}', tags: ['a', 'b'] });
  const made = await fetch(\`\${base}/items\`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id: ${n} }) });
  assert.equal(made.status, 201);`;

const playwrightSteps = (n) => `
  const got = await request.get(\`\${base}/items/${n}\`);
  expect(got.status()).toBe(200);
  expect(await got.json()).toEqual({ id: ${n}, name: 'item ${n}', tags: ['a', 'b'] });
  const made = await request.post(\`\${base}/items\`, { data: { id: ${n} } });
  expect(made.status()).toBe(201);`;

function suite(folder, extension, head, test) {
  for (let first = 0; first < TESTS; first += PER_FILE) {
    const tests = Array.from({ length: PER_FILE }, (_, i) => test(first + i)).join('\n');
    write(join(folder, `items_${String(first).padStart(3, '0')}${extension}`), `${head}\n${tests}\n`);
  }
}

/** `port` of the server under test; `swcJest` is where Jest finds its transform. */
export function writeProjects(folder, port, swcJest) {
  const base = `const base = 'http://127.0.0.1:${port}';`;
  suite(join(folder, 'jest'), '.test.ts', base, (n) => `test('item ${n}', async () => {${steps(n)}\n});`);
  write(
    join(folder, 'jest/jest.config.cjs'),
    `module.exports = { testEnvironment: 'node', maxWorkers: 4, transform: { '^.+\\\\.ts$': [${JSON.stringify(swcJest)}, { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } }] } };`,
  );
  suite(
    join(folder, 'vitest'),
    '.test.ts',
    `import { test, expect } from 'vitest';\n${base}`,
    (n) => `test('item ${n}', async () => {${steps(n)}\n});`,
  );
  write(join(folder, 'vitest/package.json'), '{ "type": "module" }');
  suite(
    join(folder, 'node'),
    '.test.ts',
    `import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n${base}`,
    (n) => `test('item ${n}', async () => {${nodeSteps(n)}\n});`,
  );
  write(join(folder, 'node/package.json'), '{ "type": "module" }');
  suite(
    join(folder, 'playwright'),
    '.spec.ts',
    `import { test, expect } from '@playwright/test';\n${base}`,
    (n) => `test('item ${n}', async ({ request }) => {${playwrightSteps(n)}\n});`,
  );
  write(
    join(folder, 'playwright/playwright.config.ts'),
    `export default { workers: 4, fullyParallel: false, reporter: 'list', outputDir: './results' };`,
  );
  const ours = join(folder, 'testimony');
  for (let n = 0; n < TESTS; n++) {
    write(
      join(ours, `services/items/modules/${String(n).padStart(3, '0')}_item.ts`),
      `import { expect, type Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  const got = await page.get('/items/${n}');
  expect(got.status).toBe(200);
  expect(await got.json()).toEqual({ id: ${n}, name: 'item ${n}', tags: ['a', 'b'] });
  const made = await page.post('/items', { json: { id: ${n} } });
  expect(made.status).toBe(201);
}
`,
    );
  }
  write(join(ours, 'e2e.conf'), `services:\n  items:\n    base_url: http://127.0.0.1:${port}\n`);
}
