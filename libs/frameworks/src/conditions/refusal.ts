import type { Conditions } from '@testimony/contracts';
import type { Framework, SessionOptions, TestToRun } from '../framework';

const IN_WORDS: Readonly<Record<keyof Conditions, string>> = {
  isolated: 'in a process of its own',
  revision: 'against another revision',
  order: 'in a chosen order',
  cpuStress: 'beside endless loops',
  latencyMs: 'with more latency',
  clock: 'with another clock',
  timeZone: 'in another time zone',
  randomSeed: 'with a random seed',
  mutation: 'with changed answers',
  overlay: 'with another text of a file',
};

function namesZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Why a test cannot be run under the conditions it asks for, in a sentence; undefined when it can. */
export function refusal(
  { conditions, service }: TestToRun,
  framework: Pick<Framework, 'name' | 'conditions'>,
  { services, base }: Pick<SessionOptions, 'services' | 'base'>,
): string | undefined {
  for (const [name, value] of Object.entries(conditions) as [keyof Conditions, unknown][]) {
    if (value === undefined || name === 'isolated' || name === 'revision' || framework.conditions.includes(name)) continue;
    return `${framework.name} cannot run a test ${IN_WORDS[name]}`;
  }
  if (conditions.revision === 'base') {
    if (!base) return 'there is no base revision to run it against: no base URLs are known';
    if (base[service]?.baseUrl === undefined && services[service]?.baseUrl !== undefined)
      return `the base revision has no address of the service '${service}'`;
  }
  if (conditions.timeZone !== undefined && !namesZone(conditions.timeZone)) return `there is no time zone '${conditions.timeZone}'`;
  return undefined;
}
