// Compiles services/<name>/src to dist/<name> with swc. A file whose source has not changed is left alone,
// so that start.mjs can call this each time: after the first build it costs a few milliseconds.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = import.meta.dirname;
const index = join(root, 'dist/sources.json');
const options = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'commonjs', ignoreDynamic: true },
  jsc: {
    target: 'es2023',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
  },
};

async function sources() {
  const found = new Map();
  for (const service of ['shop', 'payments']) {
    const from = join(root, 'services', service, 'src');
    for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      found.set(join(service, relative(from, path)), path);
    }
  }
  return found;
}

export async function build() {
  const built = await readFile(index, 'utf8').then(JSON.parse, () => ({}));
  const now = {};
  const changed = [];
  const files = await sources();
  for (const [name, path] of files) {
    now[name] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    if (now[name] !== built[name]) changed.push([name, path]);
  }
  for (const name of Object.keys(built)) if (!files.has(name)) await rm(join(root, 'dist', name.replace(/\.ts$/, '.js')), { force: true });
  if (changed.length > 0) {
    const { transformFile } = await import('@swc/core');
    await Promise.all(
      changed.map(async ([name, path]) => {
        const out = join(root, 'dist', name.replace(/\.ts$/, '.js'));
        await mkdir(dirname(out), { recursive: true });
        if (!path.endsWith('.ts')) return copyFile(path, out);
        await writeFile(out, (await transformFile(path, options)).code);
      }),
    );
  }
  await mkdir(dirname(index), { recursive: true });
  await writeFile(index, JSON.stringify(now, undefined, 1));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
