import type { LoadedConfiguration } from './load';
import { DEFAULT_SETTINGS, environmentName, FLAG_OF } from './settings';
import type { SettingKey } from './settings';

type LayerName = 'default' | 'file' | 'environment' | 'flag';

interface SettingLayer {
  readonly layer: LayerName;
  readonly source: string;
  readonly value: unknown;
}

export interface SettingExplanation {
  readonly key: string;
  readonly value: unknown;
  readonly wonBy: LayerName;
  /** The weakest first; only layers that say something. */
  readonly layers: readonly SettingLayer[];
}

/** Which layer a setting's value came from, and what the others said. */
export function explainSetting(key: SettingKey, loaded: LoadedConfiguration, file: string): SettingExplanation {
  const layers: SettingLayer[] = [{ layer: 'default', source: 'the default', value: DEFAULT_SETTINGS[key] }];
  const written = loaded.layers.file[key];
  if (written) layers.push({ layer: 'file', source: `${file}:${written.line}`, value: written.value });
  const environment = loaded.layers.environment[key];
  if (environment !== undefined) layers.push({ layer: 'environment', source: environmentName(key), value: environment });
  const flag = loaded.layers.flags[key];
  if (flag !== undefined) layers.push({ layer: 'flag', source: FLAG_OF[key] ?? 'a flag', value: flag });
  return { key, value: loaded.configuration.general[key], wonBy: layers.at(-1)?.layer ?? 'default', layers };
}
