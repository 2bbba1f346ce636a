// Makes failure texts with known classes: writes cases from a seed, runs them with real frameworks, clients and drivers against real faults, and keeps what was told.
//   node test/bench/verdict/classes/make.mjs [--seed 1] [--only jest,pytest] [--write]
// Everything lands in the work folder (CLASSES_WORK, or test/bench/.work/classes); --write also renews the fixture that libs/failures learns from.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDatabases } from './databases.mjs';
import { randomness } from './faults.mjs';
import { JS_FRAMEWORKS, javascriptCases, runJavascript } from './javascript.mjs';
import { NATIVE, nativeCases, runNative } from './native.mjs';
import { PYTHON_FRAMEWORKS, pythonCases, runPython } from './python.mjs';
import { startServers } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, '../../../..');
const work = resolve(process.env.CLASSES_WORK ?? join(repository, 'test/bench/.work/classes'));
const { values: options } = parseArgs({ options: { seed: { type: 'string', default: '1' }, only: { type: 'string' } } });

function install() {
  mkdirSync(join(work, 'js'), { recursive: true });
  const sh = (command, args, cwd) => {
    const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  };
  if (!existsSync(join(work, 'js/node_modules'))) {
    cpSync(join(here, 'package.json'), join(work, 'js/package.json'));
    sh('npm', ['install', '--no-progress', '--no-audit', '--no-fund'], join(work, 'js'));
  }
  if (!existsSync(join(work, 'py/venv'))) {
    mkdirSync(join(work, 'py'), { recursive: true });
    sh('python3', ['-m', 'venv', join(work, 'py/venv')], work);
    sh(join(work, 'py/venv/bin/pip'), ['install', '-q', '-r', join(here, 'requirements.txt')], work);
  }
}

const FRAMEWORKS = [...JS_FRAMEWORKS, ...PYTHON_FRAMEWORKS, NATIVE];

install();
const behaviours = new Map();
const servers = await startServers(behaviours, work);
const databases = await startDatabases(repository, join(work, 'js'), work);
try {
  const environment = {
    ...databases.environment,
    BASE: servers.http,
    HTTPS: servers.https,
    CLOSED: String(servers.closed),
    SILENT: String(servers.silent),
  };
  // Nothing of this machine: neither its folders nor the passwords of the databases that were started for this.
  const secrets = [
    [work, '/project'],
    [repository, '/project'],
    [environment.PG_PASSWORD, 'secret'],
  ];
  const masked = (value) => {
    let text = JSON.stringify(value);
    for (const [from, to] of secrets) text = text.replaceAll(from, to);
    return JSON.parse(text.replace(/\/[\w./-]*\/lib\/python3\.\d+\//g, '/usr/lib/python3/').replaceAll(process.version.slice(1), '24'));
  };
  const runnerOf = (framework) => (framework === NATIVE ? runNative : JS_FRAMEWORKS.includes(framework) ? runJavascript : runPython);
  const random = randomness(Number(options.seed));
  const known = { ...servers, environment };
  const made = [javascriptCases(random, known), pythonCases(random, known), nativeCases(random)];
  for (const { behaviours: more } of made) for (const [path, behaviour] of more) behaviours.set(path, behaviour);
  const cases = made.flatMap((part) => part.cases);
  const wanted = new Set(options.only?.split(',') ?? FRAMEWORKS);
  const file = join(work, `raw-${options.seed}.json`);
  const raw = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).filter((one) => !wanted.has(one.framework)) : [];
  for (const framework of FRAMEWORKS.filter((name) => wanted.has(name))) {
    const own = cases.filter((one) => one.framework === framework);
    const began = Date.now();
    const forms = await runnerOf(framework)(framework, own, { work, environment, repository, servers });
    for (const one of own) {
      const { code: _code, file: _file, top: _top, run: _run, ...facts } = one;
      raw.push(masked({ ...facts, forms: forms.get(one.id) ?? {} }));
    }
    writeFileSync(file, JSON.stringify(raw));
    const told = own.filter((one) => forms.has(one.id)).length;
    console.log(`${framework}: ${told} of ${own.length} cases told a failure, ${Math.round((Date.now() - began) / 1000)} s`);
  }
  console.log(`${file}: ${raw.length} cases`);
} finally {
  await databases.stop();
  servers.stop();
}
