import { DomainError } from '@testimony/contracts';
import { nearest } from '../configuration/describe-issue';
import { canRedraw } from '../terminal/world';
import type { World } from '../terminal/world';

export const REPORTERS = ['terminal', 'line', 'json', 'junit', 'html', 'github'] as const;
export type ReporterName = (typeof REPORTERS)[number];

export interface ChosenReporter {
  readonly name: ReporterName;
  /** Undefined: where this reporter speaks by itself (people on stderr, data on stdout, pages in the state folder). */
  readonly file?: string;
}

/** `--reporter name[=file]` as given, each checked; two that would both write data to stdout are refused. */
export function parseReporters(given: readonly string[]): ChosenReporter[] {
  const chosen = given.map((text): ChosenReporter => {
    const [name = '', ...rest] = text.split('=');
    const file = rest.join('=');
    if (!isReporter(name)) {
      const guess = nearest(name, REPORTERS);
      throw new DomainError(
        'reporter-unknown',
        `There is no reporter "${name}": ${guess ? `did you mean "${guess}"?` : `choose among ${REPORTERS.join(', ')}.`}`,
      );
    }
    if (text.includes('=') && file === '') throw new DomainError('reporter-file', `--reporter ${text} names no file: write ${name}=FILE.`);
    return { name, ...(file ? { file } : {}) };
  });
  const onStdout = chosen.filter(({ name, file }) => file === undefined && (name === 'json' || name === 'junit'));
  if (onStdout.length > 1) {
    throw new DomainError(
      'reporter-conflict',
      'Two reporters would write to standard output: give one a file, such as --reporter junit=junit.xml.',
    );
  }
  return chosen;
}

/** What fits the surroundings when nobody chose: rich at a terminal, lines elsewhere, annotations on GitHub. */
export function defaultReporters(world: Pick<World, 'environment' | 'stderr'>): ChosenReporter[] {
  if (world.environment['GITHUB_ACTIONS'] === 'true') return [{ name: 'line' }, { name: 'github' }];
  return [{ name: canRedraw(world.environment, world.stderr) ? 'terminal' : 'line' }];
}

function isReporter(name: string): name is ReporterName {
  return (REPORTERS as readonly string[]).includes(name);
}
