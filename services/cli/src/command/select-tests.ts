import { DomainError } from '@testimony/contracts';
import type { TestStrategy } from '@testimony/contracts';

/**
 * The part of a strategy whose tests match, under the same id: a run of some tests is still a run of that plan.
 * What a chosen test depends on is chosen with it. Throws `no-tests` when nothing matches.
 */
export function selectTests(strategy: TestStrategy, pattern: string): TestStrategy {
  const wanted = regularExpression(pattern);
  const byId = new Map(strategy.testCases.map((test) => [test.id, test]));
  const chosen = new Set<string>();
  const queue = strategy.testCases
    .filter((test) => [test.name, test.module, test.id, ...test.tags].some((text) => wanted.test(text)))
    .map(({ id }) => id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (chosen.has(id)) continue;
    chosen.add(id);
    queue.push(...(byId.get(id)?.dependencies ?? []));
  }
  if (chosen.size === 0) {
    throw new DomainError('no-tests', `No test of the plan matches --grep ${pattern}: names, files, ids and tags are searched.`);
  }
  const testCases = strategy.testCases.filter(({ id }) => chosen.has(id));
  return {
    ...strategy,
    testCases,
    executionOrder: strategy.executionOrder.filter((id) => chosen.has(id)),
    parallelizationGroups: strategy.parallelizationGroups
      .map((group) => group.filter((id) => chosen.has(id)))
      .filter((group) => group.length > 0),
    totalEstimatedDurationMs: testCases.reduce((sum, test) => sum + test.estimatedDurationMs, 0),
  };
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'i');
  } catch (error) {
    throw new DomainError(
      'pattern-broken',
      `--grep ${pattern} is no regular expression: ${(error as Error).message.replace(/^.*: /, '')}.`,
    );
  }
}
