import type { Fix, GuardResult } from '@testimony/contracts';
import { GUARDS } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { changeFix, proposeFix } from '../fix/change';
import { findFix } from '../fix/read';
import { healingOn } from '../healing';
import { HEALING_MIGRATIONS } from '../migrations';
import { executionOf, resultOf, specProject, type SpecProject } from '../testing/project';
import { simulated } from '../testing/simulated';
import type { TextReading } from '../text-reading';
import { applyFix, AUTOMATIC, keepPatch, keepTexts, reconcileFixes, recoverFixes, revertFix } from './apply';
import { sha256 } from './place';

jest.setTimeout(120_000);

const FILE = 'services/shop/modules/01_order.ts';
const BEFORE = Buffer.from('\uFEFFexport function run() {\r\n\tsleep(100);\r\n}\r\n');
const AFTER = Buffer.from('\uFEFFexport function run() {\r\n\tawait until();\r\n}\r\n');
const now = (): Date => new Date('2026-01-02T03:04:05.000Z');

let postgres: RunningPostgres;
let store: EventStore;
let project: SpecProject;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'healing', migrations: HEALING_MIGRATIONS });
});
afterAll(async () => {
  await store?.close();
  await postgres?.stop({ wait: false });
});
beforeEach(async () => {
  project = { ...(await specProject()), projectId: `shop-${Math.random()}` };
  await mkdir(dirname(join(project.root, FILE)), { recursive: true });
  await writeFile(join(project.root, FILE), BEFORE, { mode: 0o640 });
});
afterEach(() => project.remove());

const applying = () => ({ store, project, now });
const path = (): string => join(project.root, FILE);
const text = (): Promise<Buffer> => readFile(path());
const guard = (name: GuardResult['guard'], ok = true): GuardResult => ({ guard: name, ok, evidence: `${name} was looked at`, numbers: {} });

async function fix(upTo: 'proposed' | 'proven' | 'rejected' = 'proven', file = FILE): Promise<Fix> {
  const data = { before: sha256(BEFORE), after: sha256(AFTER), patch: '--- a\n+++ b\n' };
  await keepTexts(project, data, BEFORE, AFTER);
  const { fix: made } = await proposeFix(
    store,
    {
      projectId: project.projectId,
      testId: 't1',
      testName: 'order',
      file,
      pattern: 'hardcoded_sleep',
      title: 'waits',
      confidence: 0.9,
      ...data,
    },
    now(),
  );
  await keepPatch(project, made);
  if (upTo === 'proposed') return made;
  const proof = GUARDS.filter((name) => name !== 'apply');
  for (const name of upTo === 'proven' ? proof : proof.slice(0, 1)) {
    const signatures = name === 'reproduced' ? ['assertion: $.state is "new", expected "paid"'] : [];
    await changeFix(store, made.id, { kind: 'check-guard', result: guard(name, upTo === 'proven'), signatures }, now());
  }
  return (await changeFix(store, made.id, upTo === 'proven' ? { kind: 'prove' } : { kind: 'reject', reason: 'reproduced' }, now())).fix;
}

const git = (...args: string[]): void => {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
    cwd: project.root,
    stdio: 'ignore',
  });
};

describe('applying a fix', () => {
  it('replaces the file byte by byte, keeps its mode, and takes it back the same way', async () => {
    const { id } = await fix();
    expect(await applyFix(applying(), id, 'somebody')).toMatchObject({ status: 'applied' });
    expect(await text()).toEqual(AFTER);
    expect((await stat(path())).mode & 0o777).toBe(0o640);
    expect(await applyFix(applying(), id, 'somebody')).toMatchObject({ status: 'applied' });
    expect(await revertFix(applying(), id, 'it failed again')).toMatchObject({ status: 'reverted' });
    expect(await text()).toEqual(BEFORE);
    expect((await stat(path())).mode & 0o777).toBe(0o640);
    expect(await readdir(dirname(path()))).toEqual(['01_order.ts']);
    expect(await readFile(join(project.patchDir, `${id}.patch`), 'utf8')).toBe('--- a\n+++ b\n');
  });

  it.each(['proposed', 'rejected'] as const)('is refused for one that is %s', async (status) => {
    const { id } = await fix(status);
    await expect(applyFix(applying(), id, 'somebody')).rejects.toMatchObject({ kind: 'fix-not-proven' });
    expect(await text()).toEqual(BEFORE);
  });

  it('is refused when the file was changed since, also between two looks at it', async () => {
    const { id } = await fix();
    await writeFile(path(), 'mine\n');
    await expect(applyFix(applying(), id, 'somebody')).rejects.toMatchObject({ kind: 'file-changed' });
    expect(await readFile(path(), 'utf8')).toBe('mine\n');
    await expect(revertFix(applying(), id, 'no')).rejects.toMatchObject({ kind: 'fix-not-applied' });
  });

  it('is refused for a read-only file, also to the superuser', async () => {
    const { id } = await fix();
    await chmod(path(), 0o444);
    await expect(applyFix(applying(), id, 'somebody')).rejects.toMatchObject({ kind: 'file-read-only' });
    expect(await text()).toEqual(BEFORE);
  });

  it('is refused for what lies outside the project or is a link', async () => {
    const outside = join(project.scratch, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'a.ts'), BEFORE);
    await symlink(outside, join(project.root, 'linked'));
    await symlink(path(), join(project.root, 'link.ts'));
    for (const file of ['../outside/a.ts', join(outside, 'a.ts'), 'linked/a.ts', 'link.ts', 'services']) {
      const { id } = await fix('proven', file);
      await expect(applyFix(applying(), id, 'somebody')).rejects.toMatchObject({ kind: 'file-outside' });
    }
    const { id } = await fix('proven', 'gone.ts');
    await expect(applyFix(applying(), id, 'somebody')).rejects.toMatchObject({ kind: 'file-missing' });
    expect(await readFile(join(outside, 'a.ts'))).toEqual(BEFORE);
  });

  it('leaves a file with uncommitted changes alone unless a person asks for it', async () => {
    await writeFile(path(), 'committed\n');
    git('init');
    git('add', '.');
    git('commit', '-m', 'start');
    await writeFile(path(), BEFORE);
    await writeFile(join(project.root, 'other.ts'), 'changed as well\n');
    const { id } = await fix();
    await expect(applyFix(applying(), id, AUTOMATIC)).rejects.toMatchObject({ kind: 'file-dirty' });
    expect(await text()).toEqual(BEFORE);
    expect(await applyFix(applying(), id, 'somebody')).toMatchObject({ status: 'applied' });
  });

  it('minds no other file with uncommitted changes', async () => {
    await writeFile(join(project.root, 'other.ts'), 'committed\n');
    git('init');
    git('add', '.');
    git('commit', '-m', 'start');
    await writeFile(join(project.root, 'other.ts'), 'changed\n');
    const { id } = await fix();
    expect(await applyFix(applying(), id, AUTOMATIC)).toMatchObject({ status: 'applied' });
  });

  it('is refused when its text is not kept any more', async () => {
    const { id } = await fix();
    await rename(join(project.patchDir, `${sha256(AFTER)}.text`), join(project.patchDir, 'elsewhere'));
    await expect(applyFix(applying(), id, 'somebody')).rejects.toMatchObject({ kind: 'fix-text-lost' });
    expect(await text()).toEqual(BEFORE);
  });
});

describe('a fix whose file somebody put back', () => {
  it('is proven again and says so, can be applied anew, and is found when its text is back', async () => {
    const { id } = await fix();
    await applyFix(applying(), id, 'somebody');
    expect(await reconcileFixes(applying())).toEqual([]);
    await writeFile(path(), BEFORE);
    expect(await reconcileFixes(applying())).toMatchObject([
      { id, status: 'proven', undone: { reason: expect.stringContaining('put back') } },
    ]);
    await expect(revertFix(applying(), id, 'no')).rejects.toThrow(/does not stand any more.*put back/);
    await writeFile(path(), AFTER);
    expect(await reconcileFixes(applying())).toMatchObject([{ id, status: 'applied' }]);
    await writeFile(path(), BEFORE);
    // Applied, it would be said, without a look at the file.
    expect(await applyFix(applying(), id, 'somebody')).toMatchObject({ status: 'applied' });
    expect(await text()).toEqual(AFTER);
    expect(await reconcileFixes(applying())).toEqual([]);
  });

  it('does not stand beside the one that took its place', async () => {
    const { id: first } = await fix();
    await applyFix(applying(), first, 'somebody');
    await writeFile(path(), BEFORE);
    const { id: second } = await fix();
    await applyFix(applying(), second, 'somebody');
    const states = await Promise.all([first, second].map((id) => findFix(store, project.projectId, id)));
    expect(states.map(({ status }) => status)).toEqual(['proven', 'applied']);
    expect(await reconcileFixes(applying())).toEqual([]);
    expect(await text()).toEqual(AFTER);
  });

  it('is left as it is where the file was edited, or is gone', async () => {
    const { id } = await fix();
    await applyFix(applying(), id, 'somebody');
    await writeFile(path(), 'edited');
    expect(await reconcileFixes(applying())).toEqual([]);
    await rename(path(), `${path()}.away`);
    expect(await reconcileFixes(applying())).toEqual([]);
    expect((await findFix(store, project.projectId, id)).status).toBe('applied');
  });
});

describe('a fix whose test fails again', () => {
  const reading: TextReading = {
    flakeReader: () => ({ read: () => Promise.resolve([]) }),
    fixCandidates: () => [],
    editObjection: () => undefined,
    assertionObjection: () => undefined,
    unifiedPatch: () => '',
  };
  const run = (outcome: 'passed' | 'failed', message: string, id: string) =>
    executionOf(
      [
        resultOf(
          't1',
          [
            {
              attempt: 1,
              outcome,
              conditions: { isolated: true },
              workerId: 'w',
              startedAt: '2026-01-02T03:04:05.000Z',
              durationMs: 1,
              requests: [],
              logs: [],
              artifacts: [],
              ...(outcome === 'failed' && { failure: { class: 'assertion', message } }),
            },
          ],
          { status: outcome === 'failed' ? 'failed' : 'healed' },
        ),
      ],
      id,
    );

  it('the same way is reverted, and one that fails in another way or passes is not', async () => {
    const healing = healingOn({ store, experiments: simulated([], 1), reading, now });
    const { id } = await fix();
    await applyFix(applying(), id, 'somebody');
    expect(await healing.rechecked(id, 'exe_2')).toMatchObject({ recheck: 'exe_2' });
    expect(await healing.revertFailed(project, run('passed', '', 'exe_2'))).toEqual([]);
    expect(await healing.revertFailed(project, run('passed', '', 'exe_2'))).toEqual([]);
    expect(await healing.revertFailed(project, run('failed', 'expected 201, got 500', 'exe_3'))).toEqual([]);
    expect(await text()).toEqual(AFTER);
    expect((await healing.stats(project.projectId)).patterns).toMatchObject([{ applied: 1, reverted: 0, held: 1, saidConfidence: 0.9 }]);
    const again = await healing.revertFailed(project, run('failed', 'GET /orders/41: $.state is "new", expected "paid"', 'exe_4'));
    expect(again).toMatchObject([{ id, status: 'reverted' }]);
    expect(await text()).toEqual(BEFORE);
    expect((await healing.stats(project.projectId)).patterns).toMatchObject([{ proposed: 1, proven: 1, applied: 1, reverted: 1, held: 0 }]);
  });

  it('is left alone when somebody has edited the file since: it was not this fix that ran', async () => {
    const healing = healingOn({ store, experiments: simulated([], 1), reading, now });
    const { id } = await fix();
    await applyFix(applying(), id, 'somebody');
    await writeFile(join(project.root, FILE), 'edited');
    expect(await healing.revertFailed(project, run('failed', 'GET /orders/41: $.state is "new", expected "paid"', 'exe_4'))).toEqual([]);
    expect((await text()).toString()).toBe('edited');
  });
});

describe('after kill -9', () => {
  /** Another process applies or reverts the fix and is killed as it reaches a point, from its build, as in CI. */
  async function killedAt(what: 'apply' | 'revert', id: string, point: number): Promise<void> {
    const child = spawn(process.execPath, [join(__dirname, '../../dist/testing/dying-applicant.js')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DYING: JSON.stringify({ url: postgres.url, project, id, what, point }) },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (signal === 'SIGKILL') return;
    throw new Error(`it ended with ${code} ${signal} before point ${point}: ${said}`);
  }

  const POINTS = ['the intent', 'the temporary file', 'its bytes', 'the rename', 'the event'];

  it.each(POINTS.map((name, point) => [name, point] as const))(
    'right before %s, the file is old or new and the state says which',
    async (_name, point) => {
      for (const what of ['apply', 'revert'] as const) {
        const { id } = await fix();
        if (what === 'revert') await applyFix(applying(), id, 'somebody');
        const [from, to] = what === 'apply' ? [BEFORE, AFTER] : [AFTER, BEFORE];
        await killedAt(what, id, point);
        const isNew = point >= 4;
        expect(await text()).toEqual(isNew ? to : from);
        await recoverFixes(applying());
        const known = await findFix(store, project.projectId, id);
        const wanted = what === 'apply' ? { old: 'proven', new: 'applied' } : { old: 'applied', new: 'reverted' };
        expect(known.status).toBe(isNew ? wanted.new : wanted.old);
        expect(known.touching).toBeUndefined();
        expect(await readdir(dirname(path()))).toEqual(['01_order.ts']);
        // What was cut short can be done again.
        if (what === 'apply') await applyFix(applying(), id, 'somebody');
        await revertFix(applying(), id, 'done');
        expect(await text()).toEqual(BEFORE);
      }
    },
  );

  it('and somebody else’s text in the file, nothing is touched and the fix stays proven', async () => {
    const { id } = await fix();
    await killedAt('apply', id, 3);
    await writeFile(path(), 'mine\n');
    await recoverFixes(applying());
    expect((await findFix(store, project.projectId, id)).status).toBe('proven');
    expect(await readFile(path(), 'utf8')).toBe('mine\n');
  });
});
