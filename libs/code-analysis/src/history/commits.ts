import { plainPath } from './git';

export interface CommitNote {
  /** Whole. */
  readonly hash: string;
  readonly subject: string;
  readonly author: string;
  readonly at: Date;
}

/** For `git log --format`: a record a commit. */
export const COMMIT_FORMAT = '%x1e%H%x1f%ct%x1f%an%x1f%s';

const MAX_SUBJECT = 200;

/** Reads `git log --name-status` in that format, newest first: the commits of each file under the name that it has now. */
export function commitsByFile(text: string): Map<string, CommitNote[]> {
  const files = new Map<string, CommitNote[]>();
  const nameNow = new Map<string, string>();
  for (const record of text.split('\x1e').slice(1)) {
    const [head = '', ...changes] = record.split('\n');
    const [hash = '', time = '', author = '', ...subject] = head.split('\x1f');
    const commit = { hash, subject: subject.join(' ').slice(0, MAX_SUBJECT), author, at: new Date(Number(time) * 1000) };
    const renames: [string, string][] = [];
    for (const change of changes) {
      const [status = '', first, second] = change.split('\t');
      if (first === undefined) continue;
      const shown = plainPath(second ?? first);
      const path = nameNow.get(shown) ?? shown;
      files.set(path, [...(files.get(path) ?? []), commit]);
      if (status.startsWith('R')) renames.push([plainPath(first), path]);
    }
    // Only what is older than the rename goes by the old name.
    for (const [old, now] of renames) nameNow.set(old, now);
  }
  return files;
}
