// Transpiles src/**/*.ts of the package in the current directory to dist/ with swc and copies every other
// file (a Python harness, SQL, HTML) beside it. Types are checked by `npm run lint`, in one pass for the tree.
import { transformFile } from '@swc/core';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

const swcrc = resolve(import.meta.dirname, '../.swcrc');
await rm('dist', { recursive: true, force: true });
const files = (await readdir('src', { recursive: true, withFileTypes: true }))
  .filter((f) => f.isFile())
  .map((f) => relative('src', join(f.parentPath, f.name)))
  .filter((f) => !/\.spec\.ts$/.test(f) && !f.includes('__pycache__'));
await Promise.all(
  files.map(async (f) => {
    const from = join('src', f);
    const out = join('dist', f.replace(/\.ts$/, '.js'));
    await mkdir(dirname(out), { recursive: true });
    if (!f.endsWith('.ts') || f.endsWith('.d.ts')) return copyFile(from, join('dist', f));
    const r = await transformFile(from, { configFile: swcrc, sourceFileName: relative(dirname(out), from) });
    await writeFile(out, `${r.code}\n//# sourceMappingURL=${basename(out)}.map\n`);
    await writeFile(`${out}.map`, r.map);
  }),
);
