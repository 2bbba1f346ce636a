import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TemporaryProject {
  readonly root: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** A user's project in a folder of its own, outside this repository, with nothing installed. */
export function temporaryProject(files: Readonly<Record<string, string>> = {}): TemporaryProject {
  const root = mkdtempSync(join(tmpdir(), 'testimony-project-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  const remove = () => {
    // The database that the program left to shut down may still write; then a removal is silently incomplete.
    while (existsSync(root)) rmSync(root, { recursive: true, force: true });
  };
  return { root, write, remove };
}

/** `count` native modules of service `items`, each of which tells the system under test that it ran. */
export function countingModules(count: number, url: string): Record<string, string> {
  const files: Record<string, string> = { 'e2e.conf': `services:\n  items:\n    base_url: ${url}\n` };
  for (let n = 0; n < count; n++) {
    const name = `${String(n).padStart(3, '0')}_item`;
    files[`services/items/modules/${name}.ts`] = `import type { Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  page.assertOk(await page.get('/ran/${name}'));
}
`;
  }
  return files;
}
