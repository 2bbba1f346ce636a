import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { outcomesOf, sessionOptions, temporaryProject } from '../testing/framework-contract';
import { serviceOf } from './discovery';
import { playwrightFramework } from './playwright';
import { playwrightFailure } from './playwright-failure';
import { selectionArguments } from './session';
import type { EndedTest } from './frames';

const test = (titlePath: string[], file = 'services/shop/tests/a.spec.ts') => ({
  key: titlePath.join(),
  service: 'shop',
  file,
  titlePath,
  timeoutMs: 1000,
  conditions: { isolated: false },
});

it('takes the service from the folder, then from the browser project', () => {
  expect(serviceOf('services/shop/tests/a.spec.ts', 'chromium')).toBe('shop');
  expect(serviceOf('e2e/a.spec.ts', 'payments')).toBe('payments');
  expect(serviceOf('e2e/a.spec.ts', '')).toBe('default');
});

it('selects exactly the titles that were asked, whatever they contain', () => {
  const args = selectionArguments([test(['[api]', 'orders (v2)', 'costs $1.00 a/b'])]);
  expect(args).toContain('--project=api');
  const grep = args.find((arg) => arg.startsWith('--grep='))?.slice('--grep=/'.length, -1) ?? '';
  const pattern = new RegExp(grep);
  expect(pattern.test('api services/shop/tests/a.spec.ts orders (v2) costs $1.00 a/b @smoke')).toBe(true);
  expect(pattern.test('api services/shop/tests/a.spec.ts orders (v2) costs $1.00 a/b twice')).toBe(false);
  expect(pattern.test('api services/shop/tests/a.spec.ts orders v2 costs $1x00 a/b')).toBe(false);
  const file = new RegExp(args[0] ?? '');
  expect(file.test('/anywhere/services/shop/tests/a.spec.ts')).toBe(true);
  expect(file.test('/anywhere/services/shop/tests/aXspec.ts')).toBe(false);
});

describe('playwrightFailure', () => {
  const ended = (message: string, more: Partial<EndedTest> = {}): EndedTest => ({
    file: 'a.spec.ts',
    titlePath: ['a'],
    status: 'failed',
    expectedStatus: 'passed',
    startedAt: '',
    durationMs: 1,
    errors: [{ message, stack: `${message}\n    at /project/a.spec.ts:3:4` }],
    output: [],
    steps: [],
    attachments: [],
    ...more,
  });
  const view = { root: '/project', ours: () => false };
  it.each([
    ['Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: 1\nReceived: 2', 'assertion'],
    ['Error: apiRequestContext.get: connect ECONNREFUSED 127.0.0.1:2', 'network'],
    ['Error: expect(APIResponse).toBeOK() failed\n\nCall log:\n  - \u2192 GET http://x/\n  - \u2190 403 Forbidden', 'authorization'],
    ['TimeoutError: apiRequestContext.get: Timeout 50ms exceeded.', 'timeout'],
    [
      'Error: expect(received).toBe(expected)\n\nExpected: 1\nReceived: 2\n\nCall Log:\n- Timeout 300ms exceeded while waiting',
      'assertion',
    ],
    ['Error: apiRequestContext.get: connect ECONNREFUSED 127.0.0.1:2\n\nCall Log:\n- Test timeout of 1500ms exceeded', 'network'],
    ['TypeError: x is not a function', 'other'],
  ])('judges %j', (message, expected) => {
    expect(playwrightFailure(ended(message), view, (text) => text)).toMatchObject({ class: expected, file: 'a.spec.ts', line: 3 });
  });
  it('keeps what was expected and received, without colours', () => {
    const red = String.fromCharCode(27);
    const message = `Error: ${red}[2mexpect(${red}[22mreceived).toBe(expected)\n\nExpected: ${red}[32m1${red}[39m\nReceived: ${red}[31m2${red}[39m`;
    expect(playwrightFailure(ended(message), view, (text) => text)).toMatchObject({
      expected: '1',
      actual: '2',
      message: 'expect(received).toBe(expected); Expected: 1; Received: 2',
    });
  });
  it('says that a test which must fail has passed', () => {
    expect(playwrightFailure(ended('', { status: 'passed', expectedStatus: 'failed', errors: [] }), view, (text) => text).message).toMatch(
      /marked to fail/,
    );
  });
});

it('takes a time-out while nobody answered for a matter of the network', () => {
  const out: EndedTest = {
    file: 'a.spec.ts',
    titlePath: ['a'],
    status: 'timedOut',
    expectedStatus: 'passed',
    startedAt: '',
    durationMs: 1,
    errors: [{ message: 'Test timeout of 1500ms exceeded.' }],
    output: [],
    steps: [],
    attachments: [],
  };
  const classed = (test: EndedTest): unknown => playwrightFailure(test, { root: '/project', ours: () => false }, (text) => text);
  expect(classed(out)).toMatchObject({ class: 'timeout' });
  expect(classed({ ...out, lastStepError: 'apiRequestContext.get: connect ECONNREFUSED 127.0.0.1:2' })).toMatchObject({
    class: 'network',
    code: 'ECONNREFUSED',
  });
});

describe('a project with Playwright', () => {
  it('is told when its configuration sends tests elsewhere than the conditions mean, and heard when nobody answers', async () => {
    const project = await temporaryProject();
    const installed = dirname(dirname(require.resolve('@playwright/test/package.json')));
    try {
      await mkdir(join(project.root, 'node_modules'));
      await symlink(installed, join(project.root, 'node_modules', '@playwright'));
      await writeFile(join(project.root, 'package.json'), '{}');
      await writeFile(
        join(project.root, 'playwright.config.ts'),
        `export default { testDir: 'services', timeout: 1000, use: { baseURL: 'http://127.0.0.1:2' } };`,
      );
      await mkdir(join(project.root, 'services/shop/tests'));
      await writeFile(
        join(project.root, 'services/shop/tests/a.spec.ts'),
        `import { test } from '@playwright/test';
test('polls', async ({ request }) => { for (;;) { await request.get('/x').catch(() => undefined); await new Promise((done) => setTimeout(done, 20)); } });`,
      );
      const session = playwrightFramework.open(sessionOptions(project.root, { shop: 'http://127.0.0.1:1' }));
      const polls = { ...test(['polls']), timeoutMs: 20_000 };
      const [astray, refused] = await outcomesOf(session, [{ ...polls, conditions: { isolated: false, latencyMs: 1 } }, polls]);
      await session.close();
      expect(astray).toMatchObject({ outcome: 'lost', reason: expect.stringContaining('use.baseURL, http://127.0.0.1:2') });
      expect(refused).toMatchObject({ outcome: 'failed', failure: { class: 'network', code: 'ECONNREFUSED' } });
    } finally {
      await project.remove();
    }
  }, 60_000);
});

describe('a project with a spec that does not load', () => {
  it('has a test in its place, which fails, and whose neighbours run', async () => {
    const project = await temporaryProject();
    const installed = dirname(dirname(require.resolve('@playwright/test/package.json')));
    try {
      await mkdir(join(project.root, 'node_modules'));
      await symlink(installed, join(project.root, 'node_modules', '@playwright'));
      await writeFile(join(project.root, 'package.json'), '{}');
      await writeFile(join(project.root, 'playwright.config.ts'), `export default { testDir: 'services' };`);
      await mkdir(join(project.root, 'services/shop/tests'));
      await writeFile(
        join(project.root, 'services/shop/tests/a.spec.ts'),
        `import { test } from '@playwright/test';\ntest('passes', () => {});`,
      );
      const broken = 'services/shop/tests/b.spec.ts';
      await writeFile(join(project.root, broken), `import { test } from '@playwright/test';\ntest('never seen', () => {`);
      const { tests, problems } = await playwrightFramework.discover(project.root, ['shop']);
      expect(tests).toMatchObject([
        { titlePath: ['passes'] },
        { id: `playwright:${broken}`, service: 'shop', file: broken, titlePath: [], broken: true },
      ]);
      expect(problems).toMatchObject([{ file: broken, message: expect.stringContaining('could not be loaded: ') }]);
      const session = playwrightFramework.open(sessionOptions(project.root, { shop: 'http://127.0.0.1:1' }));
      const toRun = [test(['passes']), test([], broken)].map((one) => ({ ...one, timeoutMs: 20_000 }));
      const [fine, failed] = await outcomesOf(session, toRun);
      await writeFile(join(project.root, broken), `import { test } from '@playwright/test';\ntest('never seen', () => {});`);
      const [mended] = await outcomesOf(session, [toRun[1] as (typeof toRun)[number]]);
      await session.close();
      expect(fine).toMatchObject({ outcome: 'passed' });
      expect(failed).toMatchObject({
        outcome: 'failed',
        failure: { file: broken, message: expect.stringContaining(`${broken} could not be loaded`) },
      });
      expect(mended).toMatchObject({ outcome: 'failed', failure: { message: expect.stringContaining('plan again') } });
    } finally {
      await project.remove();
    }
  }, 60_000);

  it('has one for its configuration, where that is what does not load', async () => {
    const project = await temporaryProject();
    const installed = dirname(dirname(require.resolve('@playwright/test/package.json')));
    try {
      await mkdir(join(project.root, 'node_modules'));
      await symlink(installed, join(project.root, 'node_modules', '@playwright'));
      await writeFile(join(project.root, 'playwright.config.ts'), `export default {`);
      const { tests } = await playwrightFramework.discover(project.root, ['shop']);
      expect(tests).toMatchObject([{ id: 'playwright:playwright.config.ts', service: 'shop', broken: true }]);
      const session = playwrightFramework.open(sessionOptions(project.root, { shop: 'http://127.0.0.1:1' }));
      const [failed] = await outcomesOf(session, [{ ...test([], 'playwright.config.ts'), timeoutMs: 20_000 }]);
      await session.close();
      expect(failed).toMatchObject({ outcome: 'failed', failure: { message: expect.stringContaining('could not be loaded') } });
    } finally {
      await project.remove();
    }
  }, 60_000);
});

describe('a project without Playwright', () => {
  it('has no tests, and a problem only where it has a configuration', async () => {
    const project = await temporaryProject();
    try {
      expect(await playwrightFramework.discover(project.root)).toEqual({ tests: [], problems: [] });
      await writeFile(join(project.root, 'playwright.config.ts'), 'export default {};');
      await mkdir(join(project.root, 'services/shop/tests'), { recursive: true });
      expect(await playwrightFramework.discover(project.root)).toEqual({
        tests: [],
        problems: [{ file: 'playwright.config.ts', message: expect.stringContaining('npm install --save-dev @playwright/test') }],
      });
      const session = playwrightFramework.open(sessionOptions(project.root, {}));
      expect(await outcomesOf(session, [test(['a'])])).toMatchObject([
        { outcome: 'lost', reason: expect.stringContaining('has not installed') },
      ]);
      await session.close();
    } finally {
      await project.remove();
    }
  });
});
