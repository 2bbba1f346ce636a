import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFrameworkContract } from '../testing/framework-contract';
import { nativeFramework } from './native';

const write = (extension: string, sources: Record<string, string>) => async (root: string) => {
  const folder = join(root, 'services', 'shop', 'modules');
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(sources).map(([name, source], i) => writeFile(join(folder, `0${i + 1}_${name}${extension}`), source)));
};

describe('in TypeScript', () => {
  const module = (body: string): string =>
    `import type { Page } from '@testimony/page';\nexport async function run(page: Page): Promise<void> {\n  ${body}\n}\n`;
  describeFrameworkContract(
    nativeFramework,
    write('.ts', {
      passes: module('page.assertOk(await page.get(`/pid/${process.pid}/passes`));'),
      holds: module('await page.get(`/pid/${process.pid}/holds`); page.assertOk(await page.get("/hold/one"));'),
      fails: module('page.assertJson(await page.get("/x"), { ok: 1 });'),
      hangs: module('await page.get("/hold/never");'),
      loops: module('for (;;);'),
      exits: module('process.exit(3);'),
      follows: module('page.assertOk(await page.get("/x"));'),
      tells: module(`const told = { pid: process.pid, offset: new Date(0).getTimezoneOffset(), now: Date.now(), random: Math.random() };
  page.assertJson(await page.get(\`/tell?\${encodeURIComponent(JSON.stringify(told))}\`), { ok: true });`),
    }),
  );
});

describe('in Python', () => {
  const module = (body: string): string => `import os\n\n\ndef run(page):\n    ${body}\n`;
  describeFrameworkContract(
    nativeFramework,
    write('.py', {
      passes: module('page.assert_ok(page.get(f"/pid/{os.getpid()}/passes"))'),
      holds: module('page.get(f"/pid/{os.getpid()}/holds"); page.assert_ok(page.get("/hold/one"))'),
      fails: module('page.assert_json(page.get("/x"), {"ok": 1})'),
      hangs: module('page.get("/hold/never")'),
      loops: module('\n    while True: pass'),
      exits: module('os._exit(3)'),
      follows: module('page.assert_ok(page.get("/x"))'),
      tells: module(`import json, random, time, urllib.parse
    told = {"pid": os.getpid(), "offset": -time.localtime(0).tm_gmtoff // 60, "now": time.time() * 1000, "random": random.random()}
    page.assert_json(page.get("/tell?" + urllib.parse.quote(json.dumps(told), safe="")), {"ok": True})`),
    }),
  );
});
