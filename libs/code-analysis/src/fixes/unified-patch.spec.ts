import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unifiedPatch } from './unified-patch';

const TEXT = Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n');

describe('unifiedPatch', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patch-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const applied = (command: string, args: readonly string[], file: string, before: string, after: string): string => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, before);
    execFileSync(command, args, { cwd: folder, input: unifiedPatch(file, before, after), stdio: ['pipe', 'ignore', 'pipe'] });
    return readFileSync(path, 'utf8');
  };

  const changes: readonly (readonly [name: string, file: string, before: string, after: string])[] = [
    ['a line in the middle', 'a.ts', `${TEXT}\n`, `${TEXT.replace('line 20', 'changed')}\n`],
    ['two places', 'sub/folder/a.ts', `${TEXT}\n`, `new\n${TEXT.replace('line 30\n', '')}\n`],
    ['CRLF', 'a.ts', `${TEXT}\n`.replaceAll('\n', '\r\n'), `${TEXT.replace('line 20', 'changed')}\n`.replaceAll('\n', '\r\n')],
    ['mixed ends', 'a.ts', 'a\r\nb\nc\r\n', 'a\r\nB\nc\r\n'],
    ['no newline at the end', 'a.py', TEXT, TEXT.replace('line 39', 'last')],
    ['a newline added at the end', 'a.py', TEXT, `${TEXT}\n`],
    ['a newline taken from the end', 'a.py', `${TEXT}\n`, TEXT],
    ['a first line', 'a.py', `${TEXT}\n`, `first\n${TEXT}\n`],
    ['tabs and other letters', 'a.py', '\tä\n\tb\n', '\tä\n\tö\u{1F600}\n'],
    ['a space in the name', 'my tests/a b.ts', 'a\n', 'b\n'],
  ];

  it.each(changes)('git apply takes %s', (_name, file, before, after) => {
    expect(applied('git', ['apply', '-p1', '--whitespace=nowarn', '-'], file, before, after)).toBe(after);
  });

  it.each(changes)('patch takes %s', (_name, file, before, after) => {
    expect(applied('patch', ['-p1', '--binary', '--quiet'], file, before, after)).toBe(after);
  });

  it('git takes names with other letters', () => {
    expect(applied('git', ['apply', '-p1', '-'], 'prüf"ung.ts', 'a\n', 'b\n')).toBe('b\n');
  });

  it('is empty when nothing changed', () => {
    expect(unifiedPatch('a.ts', 'a', 'a')).toBe('');
  });
});
