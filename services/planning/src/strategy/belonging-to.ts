import type { DiscoveredTest } from '@testimony/frameworks';

/**
 * Where e2e.conf names one service alone, tests outside the folders of services belong to it: Playwright knows them by its own
 * project (`chromium`) or by no name, for which there are neither a base URL nor headers.
 */
export function belongingTo(configured: readonly string[], tests: readonly DiscoveredTest[]): DiscoveredTest[] {
  const [only, ...more] = configured;
  if (only === undefined || more.length > 0) return [...tests];
  return tests.map((test) => (test.service === only || test.file.startsWith('services/') ? test : { ...test, service: only }));
}
