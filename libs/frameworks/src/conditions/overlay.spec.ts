import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedOverlay } from './overlay';

const TEXT = 'export {};\n';
const SHA = createHash('sha256').update(TEXT).digest('hex');
let folder: string;
let root: string;
let overlays: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'testimony-overlay-')));
  root = join(folder, 'project');
  overlays = join(folder, 'overlays');
  await mkdir(join(root, 'src'), { recursive: true });
  await mkdir(overlays);
  await symlink(overlays, join(root, 'elsewhere'));
  await symlink(root, join(folder, 'linked'));
  await writeFile(join(overlays, SHA), TEXT);
  await writeFile(join(overlays, 'a'.repeat(64)), TEXT);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('finds the texts of files that are there, that are new, and of a project behind a link', async () => {
  const holder = join(overlays, SHA);
  expect(await checkedOverlay({ 'src/a.ts': SHA, 'new/folder/b.ts': SHA }, overlays, root)).toEqual({
    files: { [join(root, 'src/a.ts')]: holder, [join(root, 'new/folder/b.ts')]: holder },
  });
  expect(await checkedOverlay({ 'src/a.ts': SHA }, overlays, join(folder, 'linked'))).toEqual({
    files: { [join(folder, 'linked/src/a.ts')]: holder, [join(root, 'src/a.ts')]: holder },
  });
});

it.each([
  ['../outside.ts', SHA, 'the proposed text of ../outside.ts is refused: it is no file of the project'],
  ['src/../../x.ts', SHA, 'the proposed text of src/../../x.ts is refused: it is no file of the project'],
  ['/etc/passwd', SHA, 'the proposed text of /etc/passwd is refused: it is no file of the project'],
  ['elsewhere/x.ts', SHA, 'the proposed text of elsewhere/x.ts is refused: it is no file of the project'],
  ['.', SHA, 'the proposed text of . is refused: it is no file of the project'],
  ['src/a.ts', '../../x', "the proposed text of src/a.ts is named '../../x', which is no sha256"],
  ['src/a.ts', 'b'.repeat(64), 'the proposed text of src/a.ts cannot be read: ENOENT'],
  ['src/a.ts', 'a'.repeat(64), 'the proposed text of src/a.ts is not the one it is named by'],
])('refuses %s as %s', async (file, sha, problem) => {
  expect(await checkedOverlay({ [file]: sha }, overlays, root)).toEqual({ problem });
});
