// Runs the specs of the package in the current directory with jest and leaves the counts in .check/ there,
// which `./check` adds up over all packages (nx restores the file with a cached run).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const own = join(process.cwd(), 'jest.config.cjs');
mkdirSync('.check', { recursive: true });
// nx asks its children for colour, which would stand in the texts that specs compare.
const { FORCE_COLOR: _colour, ...environment } = process.env;
const r = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--config',
    existsSync(own) ? own : join(root, 'jest.preset.cjs'),
    '--rootDir',
    process.cwd(),
    '--passWithNoTests',
    '--json',
    '--outputFile=.check/jest.json',
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'], env: { ...environment, NO_COLOR: '1' } },
);
process.exit(r.status ?? 1);
