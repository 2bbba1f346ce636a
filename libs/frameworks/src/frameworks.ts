import type { Framework } from './framework';
import { nativeFramework } from './native/native';
import { playwrightFramework } from './playwright/playwright';

/** Every framework that this program can drive, the cheapest first. */
export const allFrameworks: readonly Framework[] = [nativeFramework, playwrightFramework];

export function frameworkNamed(name: string): Framework | undefined {
  return allFrameworks.find((framework) => framework.name === name);
}
