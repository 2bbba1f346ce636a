import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { MAX_FILE_BYTES } from '../../tree/source-files';
import { calledName, pathOf, walk, type Expr } from '../code';
import { readCode } from '../read-code';
import { indentAt, sourceOf, type SourceEdit } from '../source-edit';
import { expressionsIn, freeName, functionsAround, statementAt, type Repair, type TestText } from './repair';

const OWN_PRIOR = 0.65;
/** Tests next to this one that are looked into for how a record is made. */
const MOST_NEIGHBOURS = 400;

/**
 * A record with a fixed id that other tests use, too, is replaced by one that the test makes for itself, as a test of the same folder makes it. Without
 * such a test nothing is proposed: what a new record needs is not guessed.
 */
export const ownRecord: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  const around = at && functionsAround(test, at.stmt.start)[0];
  const [first] = around?.body ?? [];
  if (!around || !first || (!test.writing.python && !around.isAsync)) return [];
  const { text, semicolon, eol, python } = test.writing;
  const all = expressionsIn(around.body).flatMap((expr) => (expr.kind === 'template' ? [expr, ...expr.parts] : [expr]));
  const paths = all.flatMap((expr): { readonly expr: Expr; readonly collection: string; readonly id: string }[] => {
    const found = expr.kind === 'literal' && typeof expr.value === 'string' ? /^(\/[\w-]+)\/(\d+)(?=\/|$)/.exec(expr.value) : null;
    return found?.[1] && found[2] ? [{ expr, collection: found[1], id: found[2] }] : [];
  });
  const [{ collection, id } = { collection: '', id: '' }] = paths;
  // Two records may have to do with each other.
  if (id === '' || paths.some((path) => path.collection !== collection || path.id !== id)) return [];
  const made = makingOf(test, collection);
  if (made === undefined) return [];
  const name = freeName(test, 'own');
  const answer = test.file.endsWith('.ts') ? `json<{ id: string }>()` : 'json()';
  const declared = python ? `${name} = ${made}.json()["id"]` : `const ${name} = (await ${made}).${answer}.id${semicolon}`;
  const uses = paths.flatMap(({ expr }): SourceEdit[] => {
    const source = sourceOf(text, expr);
    const quote = source[0] ?? '';
    if (!/["'`]/.test(quote) || source.at(-1) !== quote) return [];
    const inner = source.slice(1, -1).replace(`${collection}/${id}`, `${collection}/${python ? `{${name}}` : `\${${name}}`}`);
    return [{ start: expr.start, end: expr.end, text: python ? `f${quote}${inner}${quote}` : `\`${inner}\`` }];
  });
  if (uses.length !== paths.length) return [];
  return [
    {
      title: `Works on a record of its own instead of ${collection}/${id}, which other tests may use`,
      prior: OWN_PRIOR,
      edits: [{ start: first.start, end: first.start, text: `${declared}${eol}${indentAt(text, first.start)}` }, ...uses],
    },
  ];
};

/** The request by which another test of the folder makes a record of the collection: `page.post('/shops', { json: { region: 'eu' } })`. */
function makingOf(test: TestText, collection: string): string | undefined {
  const folder = join(test.root, dirname(test.file));
  const python = test.writing.python;
  for (const name of neighbours(folder, python)) {
    const path = join(folder, name);
    if (statSync(path).size > MAX_FILE_BYTES) continue;
    const text = readFileSync(path, 'utf8');
    if (!text.includes(`post('${collection}'`) && !text.includes(`post("${collection}"`)) continue;
    const [module] = readCode(path, [text]);
    if (typeof module !== 'object') continue;
    let found: string | undefined;
    walk(module.body, (expr) => {
      if (found !== undefined || expr.kind !== 'call' || calledName(expr) !== 'post' || pathOf(expr.callee) !== 'page.post') return;
      const [address, ...rest] = expr.args;
      if (address?.kind !== 'literal' || address.value !== collection || !rest.every(isWrittenOut)) return;
      found = sourceOf(text, expr);
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same folder twice is the rule: one test of it has many findings. */
function neighbours(folder: string, python: boolean): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => (python ? name.endsWith('.py') : /^\.[cm]?[jt]s$/.test(extname(name))))
      .sort()
      .slice(0, MOST_NEIGHBOURS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Needs no name of the other file. */
function isWrittenOut(expr: Expr): boolean {
  switch (expr.kind) {
    case 'literal':
      return true;
    case 'named':
      return isWrittenOut(expr.value);
    case 'list':
      return expr.items.every(isWrittenOut);
    case 'object':
      return expr.entries.every((entry) => typeof entry.key === 'string' && entry.key !== '...' && isWrittenOut(entry.value));
    default:
      return false;
  }
}
