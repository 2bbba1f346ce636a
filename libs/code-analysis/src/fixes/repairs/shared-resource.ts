import { pathOf, walk, type Expr } from '../code';
import { indentAt, sourceOf, type SourceEdit } from '../source-edit';
import { declarationOf } from './names';
import { expressionsIn, freeName, functionsAround, pythonImport, statementAt, type Proposal, type Repair, type TestText } from './repair';

const UNIQUE_PRIOR = 0.6;
const UNFOUND_PRIOR = 0.4;
/** Fields whose values others must not have. */
const NAMES =
  /^(?:name|user(?:_?name)?|email|e_?mail|login|slug|key|code|sku|title|handle|account|tenant|room|topic|queue|bucket|reference|nickname|id)$/i;
/** `path.join(os.tmpdir(), 'rows.csv')`: a file of all that run on this machine. */
const TEMPORARY = /(?:^|\.)(?:tmpdir|gettempdir)$/;
const JOIN = /(?:^|\.)(?:join|resolve|Path)$/;

/** A fixed name that other tests may use, too, gets an ending that nobody else has; so does everything that is compared with it. */
export const makeUnique: Repair = (test, { line, probability }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  return expressionsIn([at.stmt]).flatMap((expr): Proposal[] => [
    ...namesIn(test, expr)
      .flatMap((value) => unique(test, value, false))
      // Most names that are written out disturb nobody.
      .map((proposal) => ({ ...proposal, prior: probability > 0 ? proposal.prior : UNFOUND_PRIOR })),
    ...filesIn(test, expr).flatMap((value) => unique(test, value, true)),
  ]);
};

/** Only the files of all: other fixed names are no state that somebody leaves. */
export const ownFile: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  return expressionsIn([at.stmt]).flatMap((expr): Proposal[] => filesIn(test, expr).flatMap((value) => unique(test, value, true)));
};

type Text = Expr & { kind: 'literal' };

function isText(expr: Expr): expr is Text {
  return expr.kind === 'literal' && typeof expr.value === 'string' && expr.value.length > 2;
}

function namesIn(test: TestText, expr: Expr): Text[] {
  if (expr.kind === 'object')
    return expr.entries.flatMap((entry) => (typeof entry.key === 'string' && NAMES.test(entry.key) ? textOf(test, entry.value) : []));
  if (expr.kind === 'named') return NAMES.test(expr.name) ? textOf(test, expr.value) : [];
  // `/rooms/${ROOM}`: a record that is named in the address.
  const [first] = expr.kind === 'template' ? expr.parts : [];
  return expr.kind === 'template' && first?.kind === 'literal' && String(first.value).startsWith('/')
    ? expr.parts.flatMap((part) => (part.kind === 'name' ? textOf(test, part) : []))
    : [];
}

function filesIn(test: TestText, expr: Expr): Text[] {
  if (isText(expr)) return /^\/(?:var\/)?tmp\//.test(String(expr.value)) ? [expr] : [];
  const inTemporary =
    expr.kind === 'call' &&
    JOIN.test(pathOf(expr.callee) ?? '') &&
    expr.args.some((arg) => arg.kind === 'call' && TEMPORARY.test(pathOf(arg.callee) ?? ''));
  return inTemporary ? expr.args.slice(1).flatMap((arg) => textOf(test, arg)) : [];
}

/** A text, or the one that a name stands for. */
function textOf(test: TestText, expr: Expr): Text[] {
  if (isText(expr)) return [expr];
  const value = expr.kind === 'name' ? declarationOf(test, expr.name, expr.start)?.value : undefined;
  return value && isText(value) ? [value] : [];
}

/** A file's name in longer texts is something else's. */
function unique(test: TestText, value: Text, isFile: boolean): Proposal[] {
  const { text, quote, semicolon, eol, python } = test.writing;
  const said = String(value.value);
  if (/[`$\\{}'"]/.test(said)) return [];
  const ending = python ? '{uuid.uuid4()}' : '${crypto.randomUUID()}';
  const at = said.indexOf('@');
  const dot = said.lastIndexOf('.') > said.lastIndexOf('/') + 1 ? said.lastIndexOf('.') : -1;
  const cut = at > 0 ? at : dot > 0 ? dot : said.length;
  const made = `${said.slice(0, cut)}-${ending}${said.slice(cut)}`;
  const written = python ? `f${quote}${made}${quote}` : `\`${made}\``;
  const proposal = (edits: readonly SourceEdit[]): Proposal => ({
    title: `Makes ${JSON.stringify(said)} unique to each run`,
    prior: UNIQUE_PRIOR,
    edits: [...(python ? pythonImport(test, 'uuid') : []), ...edits],
  });
  const all: { readonly expr: Text; readonly inText: boolean }[] = [];
  walk(test.module.body, (expr) => {
    if (expr.kind === 'literal' && typeof expr.value === 'string' && (isFile ? expr.value === said : expr.value.includes(said)))
      all.push({ expr, inText: expr.value !== said });
  });
  // One place: made unique where it stands.
  if (all.length === 1 && sourceOf(text, value).length === said.length + 2)
    return [proposal([{ start: value.start, end: value.end, text: written }])];
  const around = functionsAround(test, value.start);
  const body = around.at(-1)?.body ?? [];
  const [first] = body;
  if (!first || all.some(({ expr }) => functionsAround(test, expr.start)[0] !== around[0])) return [];
  const name = freeName(test, 'unique');
  const uses = all.map(({ expr, inText }) =>
    inText ? insideText(test, expr, said, name) : { start: expr.start, end: expr.end, text: name },
  );
  if (uses.some((use) => use === undefined)) return [];
  const declared = python ? `${name} = ${written}` : `const ${name} = ${written}${semicolon}`;
  return [
    proposal([
      { start: first.start, end: first.start, text: `${declared}${eol}${indentAt(text, first.start)}` },
      ...uses.filter((use) => use !== undefined),
    ]),
  ];
}

/** `'/users/bob'` becomes `/users/${name}`: only where it is a whole word of a text that is written plainly. */
function insideText(test: TestText, expr: Text, said: string, name: string): SourceEdit | undefined {
  const source = sourceOf(test.writing.text, expr);
  const plain = /^(["'])([^"'`$\\{}]*)\1$/.exec(source);
  const inner = plain?.[2];
  if (inner === undefined || inner.split(said).length !== 2) return undefined;
  const [before = '', after = ''] = inner.split(said);
  if (/[\w-]$/.test(before) || /^[\w-]/.test(after)) return undefined;
  const { python, quote } = test.writing;
  const text = python ? `f${quote}${before}{${name}}${after}${quote}` : `\`${before}\${${name}}${after}\``;
  return { start: expr.start, end: expr.end, text };
}
