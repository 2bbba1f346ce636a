import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where everything that is kept between runs lives: `<project>/.e2e`, which git ignores by the `.gitignore` inside it.
 * Where the project cannot be written (a read-only checkout, another user's folder) it is the user's own state folder.
 * Throws the file system's error when neither can be written.
 */
export function openStateFolder(root: string, projectId: string, environment: NodeJS.ProcessEnv): string {
  const own = join(root, '.e2e');
  try {
    return prepared(own);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
    return prepared(join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'testimony', projectId));
  }
}

function prepared(folder: string): string {
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK | constants.X_OK);
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return folder;
}

/** The folder of an execution's reports. */
export function reportFolder(stateFolder: string, executionId: string): string {
  return join(stateFolder, 'reports', executionId);
}
