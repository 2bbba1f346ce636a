import { access, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { configurationSchema, DomainError, serviceSettingsSchema } from '@testimony/contracts';
import type { Configuration } from '@testimony/contracts';
import { describeIssue, nearest } from './describe-issue';
import { invalid, readDocument } from './read-document';
import type { ConfigurationDocument, Reading } from './read-document';
import { allowedValues, environmentName, FLAG_OF, isSettingKey, plainValue, SETTING_KEYS } from './settings';
import type { SettingKey, SettingValues } from './settings';
import { secretsOfHeader } from './secrets';

export const CONFIGURATION_FILE = 'e2e.conf';

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Values that must never be readable in a log, an event or a report. */
  readonly secrets: readonly string[];
  readonly layers: SettingLayers;
}

/** What each layer says about the settings, the strongest last: default < file < environment < flag. */
interface SettingLayers {
  readonly file: Partial<Record<SettingKey, { readonly value: unknown; readonly line: number }>>;
  readonly environment: Partial<Record<SettingKey, string | number | boolean>>;
  readonly flags: SettingValues;
}

/** The folder that `-p` names, else the nearest one at or above `cwd` that holds `e2e.conf`, else `cwd`. */
export async function locateProject(named: string | undefined, cwd: string): Promise<string> {
  if (named !== undefined) return resolve(cwd, named);
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (await exists(join(folder, CONFIGURATION_FILE))) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}

export async function loadConfiguration(
  root: string,
  environment: NodeJS.ProcessEnv,
  flags: SettingValues = {},
  reading: Reading = {},
): Promise<LoadedConfiguration> {
  const file = join(root, CONFIGURATION_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new DomainError(
        'configuration-missing',
        `There is no ${CONFIGURATION_FILE} in ${root}: run "e2e init" there, or name the project with -p DIR.`,
        404,
      );
    }
    throw new DomainError('configuration-unreadable', `${file} cannot be read (${error.code ?? error.message}).`);
  });
  return resolveConfiguration(text, { ...reading, file: relative(process.cwd(), file) || CONFIGURATION_FILE, environment, flags });
}

/** A project without a file: defaults, environment and flags only. */
export function configurationWithoutFile(environment: NodeJS.ProcessEnv, flags: SettingValues = {}): LoadedConfiguration {
  return resolveConfiguration('', { file: CONFIGURATION_FILE, environment, flags });
}

/** Pure. Every problem that can be seen at once is in the error's message, one line each. */
export function resolveConfiguration(
  text: string,
  source: Reading & { readonly file: string; readonly environment: NodeJS.ProcessEnv; readonly flags: SettingValues },
): LoadedConfiguration {
  const document = readDocument(text, source.file, source.environment, source);
  const sections = { ...(document.content as Record<string, unknown>) };
  const written = fileSettings(sections, document);
  for (const key of SETTING_KEYS) delete sections[key];

  const environment: SettingLayers['environment'] = {};
  for (const key of SETTING_KEYS) {
    const value = source.environment[environmentName(key)];
    if (value !== undefined && value !== '') environment[key] = plainValue(value);
  }
  const { flags } = source;
  const general = sectionOf(sections['general']);
  for (const key of SETTING_KEYS) {
    const strongest = [flags[key], environment[key], written[key]?.value].find((value) => value !== undefined);
    if (strongest !== undefined && typeof general === 'object') (general as Record<string, unknown>)[key] = strongest;
  }

  const parsed = configurationSchema.safeParse(withoutEmptySections({ ...sections, general }));
  const problems: string[] = [];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(...explain(issue, { document, file: source.file, environment, flags, written }));
  } else {
    problems.push(...urlProblems(parsed.data, document, source.file));
  }
  if (!parsed.success || problems.length > 0) throw invalid(problems.join('\n'));
  return { configuration: parsed.data, secrets: document.secrets, layers: { file: written, environment, flags } };
}

/** Masks for headers that came from elsewhere than the file (the SDK's context). */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => secretsOfHeader(name, value));
}

function fileSettings(content: Record<string, unknown>, document: ConfigurationDocument): SettingLayers['file'] {
  const settings: SettingLayers['file'] = {};
  const general = content['general'];
  for (const key of SETTING_KEYS) {
    // The top level wins: it is where OrchestratorConfig's keys stood first.
    if (Object.hasOwn(content, key)) settings[key] = { value: content[key], line: document.lineOf([key]) };
    else if (typeof general === 'object' && general !== null && Object.hasOwn(general, key)) {
      settings[key] = { value: (general as Record<string, unknown>)[key], line: document.lineOf(['general', key]) };
    }
  }
  return settings;
}

function sectionOf(section: unknown): unknown {
  if (section === undefined || section === null) return {};
  return typeof section === 'object' && !Array.isArray(section) ? { ...section } : section;
}

/** `services:` with nothing below it is null in YAML and means "none yet". */
function withoutEmptySections(sections: Record<string, unknown>): Record<string, unknown> {
  const full: Record<string, unknown> = {};
  for (const [name, section] of Object.entries(sections)) {
    if (section === null && ['project', 'services'].includes(name)) continue;
    full[name] = section;
  }
  const { services } = full;
  if (typeof services === 'object' && services !== null && !Array.isArray(services)) {
    full['services'] = Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service ?? {}]));
  }
  return full;
}

interface Sources {
  readonly document: ConfigurationDocument;
  readonly file: string;
  readonly environment: SettingLayers['environment'];
  readonly flags: SettingValues;
  readonly written: SettingLayers['file'];
}

type Issue = Parameters<typeof describeIssue>[0];

function explain(issue: Issue, sources: Sources): string[] {
  const path = issue.path;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], sources));
  const key = path.map(String).join('.');
  const setting = path[0] === 'general' ? String(path[1]) : '';
  if (isSettingKey(setting)) {
    const allowed = allowedValues(setting);
    const flag = sources.flags[setting];
    if (flag !== undefined) return [`${FLAG_OF[setting] ?? setting} ${String(flag)}: it must be ${allowed}.`];
    const variable = sources.environment[setting];
    if (variable !== undefined) return [`The variable ${environmentName(setting)}=${String(variable)}: it must be ${allowed}.`];
    return [`${sources.file}:${sources.written[setting]?.line ?? 1}: ${setting} must be ${allowed}.`];
  }
  return [`${sources.file}:${sources.document.lineOf(path)}: ${key} ${describeIssue(issue)}.`];
}

function unknownKey(path: readonly PropertyKey[], sources: Sources): string {
  const name = String(path.at(-1));
  const known = knownKeys(path.slice(0, -1));
  const guess = nearest(name, known);
  const where = `${sources.file}:${sources.document.lineOf(path)}`;
  return `${where}: "${path.map(String).join('.')}" is not known: ${guess ? `did you mean "${guess}"?` : `known here are ${known.join(', ')}.`}`;
}

function knownKeys(section: readonly PropertyKey[]): string[] {
  if (section.length === 0) return ['general', 'project', 'services', ...SETTING_KEYS];
  if (section[0] === 'general') return SETTING_KEYS;
  if (section[0] === 'project') return ['name', 'history_file'];
  return section.at(-1) === 'baseline' ? ['base_url', 'revision'] : Object.keys(serviceSettingsSchema.shape);
}

function urlProblems(configuration: Configuration, document: ConfigurationDocument, file: string): string[] {
  return Object.entries(configuration.services).flatMap(([name, service]) => {
    const url = service.base_url;
    if (url === undefined || /^https?:\/\//i.test(url)) return [];
    const line = document.lineOf(['services', name, 'base_url']);
    return [`${file}:${line}: services.${name}.base_url must start with http:// or https://, such as http://localhost:3000.`];
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
