import { z } from 'zod';
import { configurationSchema } from '@testimony/contracts';
import type { Configuration } from '@testimony/contracts';

/** The keys of OrchestratorConfig: they may stand at the top level of `e2e.conf` or under `general`. */
export type SettingKey = keyof Configuration['general'];
export type SettingValues = Partial<Record<SettingKey, number | boolean>>;

export const DEFAULT_SETTINGS: Configuration['general'] = configurationSchema.parse({}).general;
export const SETTING_KEYS = Object.keys(DEFAULT_SETTINGS) as SettingKey[];

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(DEFAULT_SETTINGS, key);
}

/** The environment variable that sets a key for one run: `E2E_PARALLEL_WORKERS` for `parallel_workers`. */
export function environmentName(key: SettingKey): string {
  return `E2E_${key.toUpperCase()}`;
}

/** The options of `autonomous-run` that set a key. */
export const FLAG_OF: Partial<Record<SettingKey, string>> = {
  parallel_workers: '--parallel',
  enable_self_healing: '--enable-self-healing / --no-healing',
  auto_apply_fixes: '--auto-fix',
};

/** Text as it stands in a file or the environment, as the number or truth value it looks like. */
export function plainValue(text: string): string | number | boolean {
  const trimmed = text.trim();
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : text;
}

interface ValueSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** What a setting may hold, to follow "must be": `a whole number from 1 to 64`, `true or false`. */
export function allowedValues(key: SettingKey): string {
  const schema = z.toJSONSchema(configurationSchema.shape.general.unwrap(), { io: 'input' });
  const { type, minimum, maximum, exclusiveMinimum } = (schema.properties?.[key] ?? {}) as ValueSchema;
  if (type === 'boolean') return 'true or false';
  const from = exclusiveMinimum === undefined ? `from ${minimum ?? 0}` : `above ${exclusiveMinimum}`;
  return `${type === 'integer' ? 'a whole number' : 'a number'} ${from}${exclusiveMinimum === undefined ? '' : ' and up'} to ${maximum ?? 'any size'}`;
}
