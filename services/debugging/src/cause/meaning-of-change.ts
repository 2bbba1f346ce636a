import type { Hunk } from '@testimony/code-analysis';

/** What a change of a file can be about, by its place. */
export type FileKind = 'source' | 'test' | 'settings' | 'packages' | 'prose';

const TEST =
  /(^|\/)(?:modules\/\d+_[^/]*|tests?|testing|__tests__|__mocks__|e2e|spec|fixtures)(?:\/|$)|(^|\/)modules\/\d+_[^/]*$|[._-](?:spec|test)\.[a-z]+$|(^|\/)(?:test_[^/]*|conftest)\.py$/;
const PACKAGES =
  /(^|\/)(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|requirements[^/]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(?:\.lock)?|go\.(?:mod|sum)|pom\.xml|build\.gradle(?:\.kts)?|Cargo\.(?:toml|lock)|Gemfile(?:\.lock)?)$/;
const PROSE =
  /\.(?:md|mdx|txt|rst|adoc|png|jpe?g|svg|gif)$|\.(?:log|out|pid)(?:\.\d+)?(?:\.gz)?$|(^|\/)(?:nohup\.out$|(?:LICENSE|CHANGELOG|NOTICE|CODEOWNERS)[^/]*$)/i;
const SETTINGS = /(^|\/)(?:\.[^/]+|Dockerfile[^/]*|Makefile|docker-compose[^/]*)$|\.(?:ya?ml|json|toml|ini|conf|env|properties|tf|sh)$/i;

/** What this program itself writes into a project: no product reads it, whether it is committed or not. */
const WRITTEN_BY_US = /(^|\/)(?:strategies\/(?:str_[0-9a-z]+\.json|latest(?:_exec)?\.txt)|project_knowledge\.json)$/;

export function isWrittenByUs(path: string): boolean {
  return WRITTEN_BY_US.test(path);
}

export function kindOfFile(path: string): FileKind {
  if (PACKAGES.test(path)) return 'packages';
  if (TEST.test(path)) return 'test';
  if (PROSE.test(path)) return 'prose';
  return SETTINGS.test(path) ? 'settings' : 'source';
}

/** Whether old and new lines say the same to the program: other blanks, comments or order of imports only. */
export function meansNothing({ added, removed }: Hunk, path: string): boolean {
  const [before, after] = [removed, added].map((lines) => bare(lines, path));
  return before === after;
}

const SENTENCE = /(["'`])(?:(?!\1)[^\\]|\\.)*\s(?:(?!\1)[^\\]|\\.)*\1/g;

/** Whether only sentences in quotes differ, which people read and programs seldom do. */
export function changesWordingOnly({ added, removed }: Hunk): boolean {
  const [before, after] = [removed, added].map((lines) => lines.join('\n').replace(SENTENCE, "''"));
  return removed.length > 0 && before === after;
}

function bare(lines: readonly string[], path: string): string {
  const comment = /\.(?:py|rb|sh|ya?ml|toml)$/.test(path) ? /^\s*#/ : /^\s*(?:\/\/|\/\*|\*)/;
  const code = lines
    .filter((line) => !comment.test(line))
    .map((line) =>
      line
        .replace(/\s+\/\/\s.*$/, '')
        .replace(/\s+/g, '')
        .replace(/[;,]$/, ''),
    );
  const isImport = (line: string): boolean => /^(?:import|from|}from|const\{?[\w,]+}?=require)/.test(line);
  return [...code.filter(isImport).sort(), ...code.filter((line) => line !== '' && !isImport(line))].join('');
}
