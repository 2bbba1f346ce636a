interface FileChange {
  /** As git shows it, with forward slashes; the new name of a renamed file. */
  readonly path: string;
  /** Added and deleted lines together; 0 for a binary file. */
  readonly lines: number;
}

export interface Commit {
  /** Seconds since 1970. */
  readonly at: number;
  readonly changes: readonly FileChange[];
}

/** Reads what `git log --numstat --format=%ct` prints. Lines of another form are passed over. */
export function parseNumstat(text: string): Commit[] {
  const commits: { at: number; changes: FileChange[] }[] = [];
  for (const line of text.split('\n')) {
    const parts = line.split('\t');
    if (parts.length === 1) {
      const time = line.trim();
      if (/^\d{1,12}$/.test(time)) commits.push({ at: Number(time), changes: [] });
      continue;
    }
    const [added, deleted, ...name] = parts;
    const commit = commits.at(-1);
    if (!commit || !isCount(added) || !isCount(deleted)) continue;
    commit.changes.push({ path: newName(name.join('\t').trimEnd()), lines: (Number(added) || 0) + (Number(deleted) || 0) });
  }
  return commits;
}

/** A number, or `-` for a binary file. */
function isCount(text: string | undefined): boolean {
  return text !== undefined && /^(\d{1,9}|-)$/.test(text);
}

/** `src/{old => new}/a.ts` and `old.ts => new.ts`, with git's quotes taken off. */
function newName(shown: string): string {
  const plain = shown.startsWith('"') && shown.endsWith('"') ? shown.slice(1, -1) : shown;
  const braces = plain.replace(/\{[^{}]* => ([^{}]*)\}/, '$1');
  if (braces !== plain) return braces.replaceAll('//', '/');
  return plain.includes(' => ') ? (plain.split(' => ').at(-1) ?? plain) : plain;
}
