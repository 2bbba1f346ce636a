import { plainPath } from './git';
import { parsePatch } from './patch';

describe('a path that git shows', () => {
  it('is freed of quotes and escapes', () => {
    expect(plainPath('src/a b.ts')).toBe('src/a b.ts');
    expect(plainPath('"with \\"quote\\\\ and\\ttab.ts"')).toBe('with "quote\\ and\ttab.ts');
    expect(plainPath('"pay-\\303\\244ü.ts"')).toBe('pay-äü.ts');
  });
});

describe('a patch', () => {
  it('is not misled by lines that look like headers', () => {
    const text = [
      'diff --git a/a.sql b/a.sql',
      'index 1..2 100644',
      '--- a/a.sql',
      '+++ b/a.sql',
      '@@ -3,2 +3 @@ heading',
      '--- a/old comment',
      '-@@ -1 +1 @@',
      '+diff --git a/x b/x',
      '\\ No newline at end of file',
      '@@ -9 +8,0 @@',
      '-gone',
      'diff --git a/logo.png b/logo.png',
      'new file mode 100644',
      'Binary files /dev/null and b/logo.png differ',
      'diff --git "a/t\\tb.ts" "b/t\\tb.ts"',
      'deleted file mode 100644',
      '--- "a/t\\tb.ts"',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-x',
      '',
    ].join('\n');
    expect(parsePatch(text)).toEqual([
      {
        path: 'a.sql',
        deleted: false,
        submodule: false,
        hunks: [
          { lines: { from: 3, to: 3 }, added: ['diff --git a/x b/x'], removed: ['-- a/old comment', '@@ -1 +1 @@'] },
          { lines: { from: 8, to: 9 }, added: [], removed: ['gone'] },
        ],
      },
      { path: 'logo.png', deleted: false, submodule: false, hunks: [] },
      { path: 't\tb.ts', deleted: true, submodule: false, hunks: [{ lines: { from: 1, to: 1 }, added: [], removed: ['x'] }] },
    ]);
  });
});
