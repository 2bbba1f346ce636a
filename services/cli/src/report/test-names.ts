import type { TestCase } from '@testimony/contracts';

type Named = Pick<TestCase, 'id' | 'service' | 'name'> & { readonly metadata: Pick<TestCase['metadata'], 'titlePath'> };

/**
 * What each test is called in a report, by its id. Where two tests of a service have one name (Playwright runs each in every browser,
 * two files may be called 01_list), the groups around it are named too, or else its id.
 */
export function testNames(tests: readonly Named[]): Map<string, string> {
  const named = new Map(tests.map((test) => [test.id, test.name]));
  for (const longer of [grouped, identified]) {
    const uses = new Map<string, number>();
    const key = (test: Named): string => JSON.stringify([test.service, named.get(test.id)]);
    for (const test of tests) uses.set(key(test), (uses.get(key(test)) ?? 0) + 1);
    for (const test of tests.filter((one) => (uses.get(key(one)) ?? 0) > 1)) named.set(test.id, longer(test));
  }
  return named;
}

function grouped({ name, metadata }: Named): string {
  return metadata.titlePath.length > 0 ? metadata.titlePath.join(' › ') : name;
}

function identified({ id, name }: Named): string {
  return `${name} (${id})`;
}
