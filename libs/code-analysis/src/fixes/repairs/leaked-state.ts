import { pathOf, type Expr } from '../code';
import { indentAt, isShiftable, rangeOf, sourceOf } from '../source-edit';
import { freeName, pythonImport, statementAt, type Proposal, type Repair, type TestText } from './repair';

const RESTORED_PRIOR = 0.75;

/** What the test sets outside of itself is put back when it ends, however it ends. */
export const putBack: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at || at.stmt.kind !== 'expression' || at.stmt.value.kind !== 'assign' || at.stmt.value.op !== '=') return [];
  const { stmt, list, index } = at;
  const target = stmt.kind === 'expression' && stmt.value.kind === 'assign' ? stmt.value.target : undefined;
  const rest = list.slice(index + 1);
  const range = rangeOf(rest);
  if (!target || !range || !isShiftable(test.writing.text, rest)) return [];
  return test.writing.python ? inPython(test, stmt.start, target, range) : inScript(test, stmt.start, target, range);
};

function inScript(test: TestText, start: number, target: Expr, range: { readonly start: number; readonly end: number }): Proposal[] {
  const { text, semicolon: end, eol, step } = test.writing;
  const path = pathOf(target) ?? '';
  if (!/^(?:process\.env|globalThis|global|window|Math|Date)\b/.test(path) || target.kind !== 'member') return [];
  const written = sourceOf(text, target);
  const name = freeName(test, 'saved');
  const indent = indentAt(text, start);
  const isSetting = path.startsWith('process.env');
  // An environment variable that is set to undefined becomes the text 'undefined'.
  const back =
    isSetting || /^(?:globalThis|global|window)/.test(path)
      ? [`if (${name} === undefined) delete ${written}${end}`, `else ${written} = ${name}${end}`]
      : [`${written} = ${name}${end}`];
  return [
    {
      title: `Puts ${written} back when the test ends`,
      prior: RESTORED_PRIOR,
      edits: [
        { start, end: start, text: `const ${name} = ${written}${end}${eol}${indent}` },
        {
          start: range.start,
          end: range.end,
          text: `try {${eol}${indent}${step}${indented(test, range)}${eol}${indent}} finally {${eol}${back.map((line) => indent + step + line).join(eol)}${eol}${indent}}`,
        },
      ],
    },
  ];
}

function inPython(test: TestText, start: number, target: Expr, range: { readonly start: number; readonly end: number }): Proposal[] {
  const { text, eol, step } = test.writing;
  if (!/^os\.environ\b/.test(pathOf(target) ?? '') || target.kind !== 'member') return [];
  const written = sourceOf(text, target);
  const key = JSON.stringify(target.name);
  const name = freeName(test, 'saved');
  const indent = indentAt(text, start);
  const back = [`if ${name} is None:`, `${step}os.environ.pop(${key}, None)`, 'else:', `${step}${written} = ${name}`];
  return [
    {
      title: `Puts ${written} back when the test ends`,
      prior: RESTORED_PRIOR,
      edits: [
        ...pythonImport(test, 'os'),
        { start, end: start, text: `${name} = os.environ.get(${key})${eol}${indent}` },
        {
          start: range.start,
          end: range.end,
          text: `try:${eol}${indent}${step}${indented(test, range)}${eol}${indent}finally:${eol}${back.map((line) => indent + step + line).join(eol)}`,
        },
      ],
    },
  ];
}

function indented(test: TestText, { start, end }: { readonly start: number; readonly end: number }): string {
  return test.writing.text
    .slice(start, end)
    .split(/\r?\n/)
    .map((line, index) => (index === 0 || line.trim() === '' ? line : test.writing.step + line))
    .join(test.writing.eol);
}
