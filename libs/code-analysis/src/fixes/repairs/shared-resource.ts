import type { Expr } from '../code';
import { indentAt, type SourceEdit } from '../source-edit';
import { expressionsIn, freeName, functionsAround, pythonImport, statementAt, type Proposal, type Repair, type TestText } from './repair';

const UNIQUE_PRIOR = 0.6;
/** Fields whose values others must not have. */
const NAMES =
  /^(?:name|user(?:_?name)?|email|e_?mail|login|slug|key|code|sku|title|handle|account|tenant|room|topic|queue|bucket|reference|nickname|id)$/i;

/** A fixed name that other tests may use, too, gets an ending that nobody else has; so does everything that is compared with it. */
export const makeUnique: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  const around = at && functionsAround(test, at.stmt.start).at(-1);
  if (!at || !around) return [];
  const all = expressionsIn(around.body);
  return expressionsIn([at.stmt]).flatMap((expr): Proposal[] => {
    const found = namesIn(expr);
    return found.flatMap((value) => unique(test, value, all, around.body[0]?.start ?? at.stmt.start));
  });
};

type Text = Expr & { kind: 'literal' };

function isText(expr: Expr): expr is Text {
  return expr.kind === 'literal' && typeof expr.value === 'string' && expr.value.length > 2;
}

function namesIn(expr: Expr): Text[] {
  if (expr.kind === 'object')
    return expr.entries.flatMap((entry) =>
      typeof entry.key === 'string' && NAMES.test(entry.key) && isText(entry.value) ? [entry.value] : [],
    );
  if (expr.kind === 'named') return NAMES.test(expr.name) && isText(expr.value) ? [expr.value] : [];
  // Files of all.
  return isText(expr) && /^\/(?:var\/)?tmp\//.test(String(expr.value)) ? [expr] : [];
}

function unique(test: TestText, value: Text, all: readonly Expr[], start: number): Proposal[] {
  const { text, quote, semicolon, eol, python } = test.writing;
  const said = String(value.value);
  if (/[`$\\{}'"]/.test(said)) return [];
  const same = all.filter((expr): expr is Text => isText(expr) && expr.value === said);
  const elsewhere = text.split(said).length - 1 - same.length;
  // Inside of longer texts it would have to change as well.
  if (elsewhere > 0) return [];
  const name = freeName(test, 'unique');
  const indent = indentAt(text, start);
  const ending = python ? '{uuid.uuid4()}' : '${crypto.randomUUID()}';
  const at = said.indexOf('@');
  const dot = said.startsWith('/') ? said.lastIndexOf('.') : -1;
  const cut = at > 0 ? at : dot > 0 ? dot : said.length;
  const made = `${said.slice(0, cut)}-${ending}${said.slice(cut)}`;
  const declared = python ? `${name} = f${quote}${made}${quote}` : `const ${name} = \`${made}\`${semicolon}`;
  const uses = same.map((expr): SourceEdit => ({ start: expr.start, end: expr.end, text: name }));
  return [
    {
      title: `Makes ${JSON.stringify(said)} unique to each run`,
      prior: UNIQUE_PRIOR,
      edits: [...(python ? pythonImport(test, 'uuid') : []), { start, end: start, text: `${declared}${eol}${indent}` }, ...uses],
    },
  ];
}
