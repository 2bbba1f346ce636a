import { resolveCommit } from './changes-since';
import { git, GitProblem } from './git';

/** `uncommitted` for lines of the work tree. */
export type LineCommits = ReadonlyMap<number, string>;

/** Which commit after `revision` each line of a file is from; lines that are older are left out. Empty where git cannot say. */
export async function lineCommits(root: string, revision: string, path: string): Promise<LineCommits> {
  try {
    const base = await resolveCommit(root, revision);
    return base === undefined ? new Map() : parseBlame(await git(root, ['blame', '--porcelain', `^${base}`, '--', path]));
  } catch (error) {
    if (error instanceof GitProblem) return new Map();
    throw error;
  }
}

/** Reads `git blame --porcelain`: a commit is described once, its boundary mark too. */
function parseBlame(text: string): LineCommits {
  const lines = new Map<number, string>();
  const older = new Set<string>();
  let hash = '';
  for (const row of text.split('\n')) {
    if (row.startsWith('\t')) continue;
    const [, commit, line] = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(row) ?? [];
    if (commit !== undefined) {
      hash = commit;
      lines.set(Number(line), commit);
    } else if (row === 'boundary') older.add(hash);
  }
  return new Map(
    [...lines].filter(([, commit]) => !older.has(commit)).map(([line, commit]) => [line, /^0+$/.test(commit) ? 'uncommitted' : commit]),
  );
}
