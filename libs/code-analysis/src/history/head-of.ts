import { untrackedFiles } from './changes-since';
import { git, GitProblem } from './git';

export interface Head {
  readonly commit: string;
  /** Whether files of the project's folder differ from it or are new. */
  readonly dirty: boolean;
}

/** The commit that the project's folder stands on; undefined without a repository, a commit or a git command. */
export async function headOf(root: string): Promise<Head | undefined> {
  try {
    const commit = (await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])).trim();
    const changed = await git(root, ['diff', '--name-only', '--no-ext-diff', 'HEAD', '--', '.']);
    return { commit, dirty: changed !== '' || (await untrackedFiles(root)).length > 0 };
  } catch (error) {
    if (error instanceof GitProblem) return undefined;
    throw error;
  }
}
