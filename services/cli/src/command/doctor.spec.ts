import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DomainError } from '@testimony/contracts';
import { inMemoryBackend } from '../testing/in-memory-backend';
import { e2e, recordedWorld } from '../testing/recorded-world';
import type { Check } from './doctor';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'e2e-doctor-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what works is ok, and each fault has its fix', async () => {
  writeFileSync(
    join(root, 'e2e.conf'),
    'services:\n  orders:\n    base_url: http://127.0.0.1:9\n  payments:\nproject:\n  history_file: missing.log\n',
  );
  const world = recordedWorld({ cwd: root, open: inMemoryBackend({ tests: [] }).open });
  expect(await e2e(world, 'doctor', '--json')).toBe(3);
  const checks = new Map((JSON.parse(world.out()) as Check[]).map((check) => [check.name, check]));
  for (const name of ['node', 'configuration', 'state folder', 'disk space', 'database']) expect(checks.get(name)?.result).toBe('ok');
  expect(checks.get('service orders')).toMatchObject({ result: 'fail', found: expect.stringContaining('ECONNREFUSED') as string });
  expect(checks.get('service payments')).toMatchObject({ result: 'warn', fix: 'set services.payments.base_url' });
  expect(checks.get('history')).toMatchObject({ result: 'fail', found: 'missing.log is not there' });
  for (const check of checks.values()) if (check.result !== 'ok') expect(check.fix).toBeTruthy();
});

test('a broken configuration ends with 2 and says its line', async () => {
  writeFileSync(join(root, 'e2e.conf'), 'paralel_workers: 2\n');
  const world = recordedWorld({ cwd: root });
  expect(await e2e(world, 'doctor')).toBe(2);
  expect(world.words()).toMatch(/FAIL {2}configuration .*e2e\.conf:1: "paralel_workers" is not known/);
});

test('a database that does not start is a fault of the machine', async () => {
  writeFileSync(join(root, 'e2e.conf'), '');
  const world = recordedWorld({ cwd: root, open: () => Promise.reject(new DomainError('postgres', 'Postgres does not start.', 503)) });
  expect(await e2e(world, 'doctor')).toBe(3);
  expect(world.words()).toContain('Postgres does not start.');
});
