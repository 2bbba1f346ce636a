import { ALONE } from '../detection/setting';
import type { Count } from '@testimony/contracts';
import { chanceOfExcess } from '../statistics/fisher';
import { countOf, tryRepeatedly, type Tries } from './tries';

/** So many copies of one test at once at most; more would press the machine, and with it the test. */
const WIDTH = 3;
const ROUNDS = 2;
/** Copies that fail more often side by side than this chance allows are in one another's way. */
const CHANCE = 0.2;

/**
 * How many copies of a test may run side by side: a test that uses one name, one account or one row each time meets itself there, which
 * no ordinary run makes it do. 1 unless it was seen to go well.
 */
export async function widthOf(tries: Omit<Tries, 'question' | 'setting' | 'times' | 'width'>, normal: Count): Promise<number> {
  const times = WIDTH * ROUNDS;
  const question = `Can copies of ${tries.test.name} run side by side?`;
  const together = countOf(await tryRepeatedly({ ...tries, question, setting: ALONE, times, width: WIDTH }));
  if (together.runs < times) return 1;
  return together.failed === 0 || chanceOfExcess(together, normal) > CHANCE ? WIDTH : 1;
}
