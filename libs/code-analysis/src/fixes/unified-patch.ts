import { structuredPatch } from 'diff';

const CONTEXT_LINES = 3;
/** Names that git writes in quotes, escaped. */
const PLAIN_NAME = /^[\x20!#-[\]-~]+$/;

/**
 * The change as a unified diff that `git apply` and `patch -p1` take, in the project's folder. Line ends stay part of the lines, so CRLF is kept;
 * a last line without an end says so. Empty when nothing changed.
 */
export function unifiedPatch(file: string, before: string, after: string): string {
  if (before === after) return '';
  const { hunks } = structuredPatch(file, file, before, after, undefined, undefined, { context: CONTEXT_LINES, stripTrailingCr: false });
  const lines = [`--- ${named('a', file)}`, `+++ ${named('b', file)}`];
  for (const { oldStart, oldLines, newStart, newLines, lines: changed } of hunks) {
    // An empty side begins at line 0.
    lines.push(
      `@@ -${oldLines === 0 ? oldStart - 1 : oldStart},${oldLines} +${newLines === 0 ? newStart - 1 : newStart},${newLines} @@`,
      ...changed,
    );
  }
  return `${lines.join('\n')}\n`;
}

function named(side: 'a' | 'b', file: string): string {
  const path = `${side}/${file}`;
  // With a space in it, `patch` takes the name up to a tab.
  if (PLAIN_NAME.test(path)) return path.includes(' ') ? `${path}\t` : path;
  const bytes = [...Buffer.from(path)];
  const escaped = bytes.map((byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
