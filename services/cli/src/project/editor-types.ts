import { existsSync, readlinkSync, realpathSync, rmSync, symlinkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PAGE_PACKAGE } from './program-root';

// Test modules import '@testimony/page', which no package.json of the project names: the program brings it. Editors
// find its types through a link in the state folder, so that the project's files name no path of one machine.

/** What `paths` of the project's tsconfig.json must say. */
export const TYPE_PATHS: Readonly<Record<string, readonly string[]>> = { '@testimony/page': ['./.e2e/types/page/dist/index.d.ts'] };

export type TypesState = 'linked' | 'missing' | 'elsewhere';

export function typesState(stateFolder: string): TypesState {
  const link = linkOf(stateFolder);
  if (!existsSync(join(link, 'dist', 'index.d.ts'))) return 'missing';
  return realpathSync(link) === realpathSync(PAGE_PACKAGE) ? 'linked' : 'elsewhere';
}

/** Makes or corrects the link. */
export function linkTypes(stateFolder: string): void {
  if (typesState(stateFolder) === 'linked') return;
  const link = linkOf(stateFolder);
  mkdirSync(dirname(link), { recursive: true });
  if (isLink(link)) rmSync(link);
  symlinkSync(PAGE_PACKAGE, link, 'dir');
}

function linkOf(stateFolder: string): string {
  return join(stateFolder, 'types', 'page');
}

function isLink(path: string): boolean {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false; // Not there, or a real folder: then making the link says so.
  }
}
