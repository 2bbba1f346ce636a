import { DomainError } from '@testimony/contracts';
import { nearest } from '../configuration/describe-issue';
import { explainSetting } from '../configuration/explain-setting';
import { environmentName, FLAG_OF, isSettingKey, plainValue, SETTING_KEYS } from '../configuration/settings';
import { configurationName, openProject } from '../project/open-project';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';

/**
 * `e2e config explain KEY`: which layer a setting's value came from.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function explainKey(world: World, key: string, options: CommonOptions & { readonly parallel?: string }): Promise<number> {
  const name = key.replace(/^general\./, '');
  if (!isSettingKey(name)) {
    const guess = nearest(name, SETTING_KEYS);
    throw new DomainError(
      'setting-unknown',
      `There is no setting "${key}": ${guess ? `did you mean "${guess}"?` : `known are ${SETTING_KEYS.join(', ')}.`}`,
    );
  }
  const flags = options.parallel === undefined ? {} : { parallel_workers: plainValue(options.parallel) as number };
  const project = await openProject(world, { ...options, flags });
  const explanation = explainSetting(name, project.loaded, configurationName(project));
  if (options.json) {
    sayData(world, explanation);
    return 0;
  }
  world.stdout.write(`${name} = ${String(explanation.value)}\n`);
  for (const layer of explanation.layers) {
    say(world, `  ${layer.layer === explanation.wonBy ? '→' : ' '} ${layer.source} says ${String(layer.value)}`);
  }
  const ways = [`"${name}: ..." in e2e.conf`, `${environmentName(name)}=...`, ...(FLAG_OF[name] ? [FLAG_OF[name]] : [])];
  say(world, `Set it by ${ways.join(', or ')}; the later one wins.`);
  return 0;
}
