import { plainPath } from './git';

/** Lines `from` to `to`, counted from 1, both included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Lines that were replaced together. */
export interface Hunk {
  /** Where the new lines stand. Where lines were only taken out: the two lines around the gap. */
  readonly lines: LineRange;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface FilePatch {
  /** The new name; the old one of a deleted file. */
  readonly path: string;
  readonly renamedFrom?: string;
  readonly deleted: boolean;
  readonly submodule: boolean;
  readonly hunks: readonly Hunk[];
}

/** Text beyond these is left out of hunks (their line numbers stay): what a person would look at is shorter. */
const MAX_LINES = 2_000;
const MAX_LINE_LENGTH = 400;

/** Reads `git diff -U0 --src-prefix=a/ --dst-prefix=b/`. */
export function parsePatch(text: string): FilePatch[] {
  const files: FilePatch[] = [];
  const lines = text.split('\n');
  let at = 0;
  while (at < lines.length) {
    if (!lines[at]?.startsWith('diff --git ')) {
      at++;
      continue;
    }
    const header = new Map<string, string>();
    const names = lines[at]?.slice('diff --git '.length) ?? '';
    for (at++; at < lines.length && !/^(?:diff --git |@@ )/.test(lines[at] ?? ''); at++) {
      const line = lines[at] ?? '';
      const [, key = '', value = ''] =
        /^(rename from|rename to|deleted file mode|new file mode|index|new mode|---|\+\+\+) (.*)$/s.exec(line) ?? [];
      if (key !== '') header.set(key, value.replace(/[\t\r]+$/, ''));
    }
    const hunks: Hunk[] = [];
    let kept = 0;
    for (
      let place = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[at] ?? '');
      place;
      place = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[at] ?? '')
    ) {
      const start = Number(place[2]);
      const count = Number(place[3] ?? 1);
      let left = Number(place[1] ?? 1) + count;
      const added: string[] = [];
      const removed: string[] = [];
      for (at++; at < lines.length; at++) {
        const line = lines[at] ?? '';
        // "\ No newline at end of file" counts as no line.
        if (line.startsWith('\\')) continue;
        if (left === 0) break;
        left--;
        if (kept++ < MAX_LINES) (line.startsWith('+') ? added : removed).push(line.slice(1, 1 + MAX_LINE_LENGTH).replace(/\r$/, ''));
      }
      hunks.push({
        lines: count > 0 ? { from: start, to: start + count - 1 } : { from: Math.max(1, start), to: start + 1 },
        added,
        removed,
      });
    }
    const deleted = header.has('deleted file mode');
    const path = nameOf(header.get(deleted ? '---' : '+++')) ?? plainOr(header.get('rename to')) ?? nameTwice(names);
    if (path === undefined) continue;
    const renamedFrom = plainOr(header.get('rename from'));
    const modes = `${header.get('index') ?? ''} ${header.get('new file mode') ?? ''} ${header.get('deleted file mode') ?? ''}`;
    files.push({ path, ...(renamedFrom !== undefined && { renamedFrom }), deleted, submodule: /\b160000\b/.test(modes), hunks });
  }
  return files;
}

function plainOr(shown: string | undefined): string | undefined {
  return shown === undefined ? undefined : plainPath(shown);
}

function nameOf(shown: string | undefined): string | undefined {
  if (shown === undefined || shown === '/dev/null') return undefined;
  return plainPath(shown).replace(/^[ab]\//, '');
}

/** The header of a file without lines (binary, empty, mode): `a/NAME b/NAME`. */
function nameTwice(names: string): string | undefined {
  const half = (names.length - 1) / 2;
  const [a, b] = [plainPath(names.slice(0, half)), plainPath(names.slice(half + 1))];
  return a.slice(2) === b.slice(2) && a.startsWith('a/') && b.startsWith('b/') ? b.slice(2) : undefined;
}
