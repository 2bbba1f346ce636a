import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { DomainError } from '@testimony/contracts';
import { CONFIGURATION_FILE } from '../configuration/load';
import { linkTypes, TYPE_PATHS } from '../project/editor-types';
import { openStateFolder } from '../project/state-folder';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import { isUrl, readOpenApi } from './openapi-source';
import type { OpenApiFacts } from './openapi-source';
import type { CommonOptions } from './options';
import { configurationTemplate, moduleTemplate, tsconfigTemplate } from './starting-files';

interface InitOptions extends CommonOptions {
  readonly openapi?: string;
  readonly baseUrl?: string;
  readonly service?: string;
  readonly force?: boolean;
}

const IGNORED = ['.e2e/', 'strategies/'];
const DEFAULT_BASE_URL = 'http://localhost:3000';

/**
 * `e2e init`: everything a first run needs, asking nothing. Files that are there already are left alone.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function init(world: World, options: InitOptions): Promise<number> {
  const root = resolve(world.cwd, options.project ?? '.');
  const configuration = join(root, CONFIGURATION_FILE);
  if (existsSync(configuration) && !options.force) {
    throw new DomainError(
      'configuration-exists',
      `${relative(world.cwd, configuration)} is already there: edit it, or write it anew with --force.`,
      409,
    );
  }
  const facts = options.openapi === undefined ? undefined : await readOpenApi(options.openapi, world.cwd);
  const baseUrl = checkedUrl(options.baseUrl) ?? originOf(options.openapi) ?? facts?.server ?? DEFAULT_BASE_URL;
  const service = serviceName(options.service ?? facts?.title ?? 'api');
  await mkdir(root, { recursive: true });

  const written: string[] = [];
  const write = async (path: string, text: string, replace = false): Promise<boolean> => {
    const file = join(root, path);
    if (existsSync(file) && !replace) return false;
    await mkdir(resolve(file, '..'), { recursive: true });
    await writeFile(file, text);
    written.push(path);
    return true;
  };
  const openapi = await openApiSetting(options.openapi, facts, { world, root, baseUrl, write });
  await write(
    CONFIGURATION_FILE,
    configurationTemplate({ project: basename(root) || 'project', service, baseUrl, ...(openapi === undefined ? {} : { openapi }) }),
    true,
  );
  await write(`services/${service}/modules/01_first.ts`, moduleTemplate(facts?.firstPath));

  const stateFolder = openStateFolder(root, service, world.environment);
  linkTypes(stateFolder);
  const hasTsconfig = !(await write('tsconfig.json', tsconfigTemplate()));
  const ignored = await ignore(join(root, '.gitignore'));
  if (ignored) written.push('.gitignore');

  const tsconfigAdvice =
    hasTsconfig && !written.includes('tsconfig.json') && !(await readFile(join(root, 'tsconfig.json'), 'utf8')).includes('@testimony/page')
      ? `For your editor, add to compilerOptions of tsconfig.json: "paths": ${JSON.stringify(TYPE_PATHS)}`
      : undefined;
  if (options.json) {
    sayData(world, { root, service, baseUrl, written, ...(tsconfigAdvice ? { advice: [tsconfigAdvice] } : {}) });
    return 0;
  }
  for (const path of written) say(world, `  wrote ${path}`);
  if (tsconfigAdvice) say(world, tsconfigAdvice);
  say(world, `Tests of ${service} go to ${baseUrl}; that stands in ${CONFIGURATION_FILE}.`);
  say(world, 'Next: e2e doctor, then e2e autonomous-run');
  return 0;
}

/** A document that the service serves is named by its path there; any other is copied or named as a file of the project. */
async function openApiSetting(
  source: string | undefined,
  facts: OpenApiFacts | undefined,
  { world, root, baseUrl, write }: { world: World; root: string; baseUrl: string; write: (path: string, text: string) => Promise<boolean> },
): Promise<string | undefined> {
  if (source === undefined || facts === undefined) return undefined;
  if (isUrl(source)) {
    const url = new URL(source);
    const base = new URL(baseUrl);
    if (url.origin === base.origin && url.pathname.startsWith(base.pathname)) return `${url.pathname}${url.search}`;
  } else {
    const inside = relative(root, resolve(world.cwd, source));
    if (!inside.startsWith('..')) return inside;
  }
  const copy = facts.text.trimStart().startsWith('{') ? 'openapi.json' : 'openapi.yaml';
  if (!(await write(copy, facts.text))) say(world, `${copy} is already there and was left as it is.`);
  return copy;
}

async function ignore(file: string): Promise<boolean> {
  const before = existsSync(file) ? await readFile(file, 'utf8') : '';
  const lines = new Set(before.split('\n').map((line) => line.trim().replace(/^\//, '').replace(/\/$/, '')));
  const missing = IGNORED.filter((entry) => !lines.has(entry.replace(/\/$/, '')));
  if (missing.length === 0) return false;
  await appendFile(file, `${before === '' || before.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
  return true;
}

function serviceName(text: string): string {
  return (
    text
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
      .slice(0, 40) || 'api'
  );
}

function checkedUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!isUrl(text) || !URL.canParse(text)) {
    throw new DomainError('option-invalid', `--base-url ${text}: it must be a URL such as ${DEFAULT_BASE_URL}.`);
  }
  return text.replace(/\/+$/, '');
}

function originOf(source: string | undefined): string | undefined {
  return source !== undefined && isUrl(source) ? new URL(source).origin : undefined;
}
