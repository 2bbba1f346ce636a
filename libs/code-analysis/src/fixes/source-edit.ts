import type { CodeModule, Place, Stmt } from './code';
import { insideOf, pathOf, walkExpr } from './code';

/** Puts `text` in the place of the characters from `start` to `end`. */
export interface SourceEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How a text is written, so that what is added looks like the rest. */
export interface Writing {
  readonly text: string;
  readonly eol: string;
  /** One step of indentation. */
  readonly step: string;
  readonly quote: "'" | '"';
  readonly semicolon: ';' | '';
  readonly python: boolean;
}

export function writingOf({ text, language }: CodeModule): Writing {
  const python = language === 'python';
  const indents = [...text.matchAll(/\n([ \t]+)\S/g)].map((match) => match[1] ?? '').filter((indent) => indent !== '');
  const first = indents.find((indent) => indent.startsWith('\t'))
    ? '\t'
    : ' '.repeat(Math.min(8, ...indents.map((indent) => indent.length).filter((length) => length > 1)));
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return {
    text,
    eol: /\r\n/.test(text) ? '\r\n' : '\n',
    step: indents.length === 0 ? (python ? '    ' : '  ') : first,
    quote: count(/'[^'\n]*'/g) >= count(/"[^"\n]*"/g) ? "'" : '"',
    semicolon: !python && count(/;[ \t]*\r?$/gm) > 0 ? ';' : '',
    python,
  };
}

/** Edits by offsets of the text as it was; all other characters stay. Undefined when two of them overlap. */
export function withEdits(text: string, edits: readonly SourceEdit[]): string | undefined {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let result = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.start < at) return undefined;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

export function sourceOf(text: string, { start, end }: Place): string {
  return text.slice(start, end);
}

/** The white space before the first character of the line that an offset stands in. */
export function indentAt(text: string, offset: number): string {
  const begin = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(begin, offset))?.[0] ?? '';
}

/** From the first statement's line to the last one's end, without the indentation of the first line. */
export function rangeOf(stmts: readonly Stmt[]): Place | undefined {
  const [first] = stmts;
  const last = stmts.at(-1);
  return first && last ? { start: first.start, end: last.end, line: first.line } : undefined;
}

/** The lines of a text moved one or more steps; lines inside texts over several lines are not touched because such texts are refused. */
export function shifted(text: string, from: string, to: string, eol: string): string {
  return text
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? line : line.startsWith(from) ? to + line.slice(from.length) : line))
    .join(eol);
}

/** True for statements whose lines may be indented anew: no text of theirs goes over several lines. */
export function isShiftable(text: string, stmts: readonly Stmt[]): boolean {
  const range = rangeOf(stmts);
  if (!range) return false;
  const source = sourceOf(text, range);
  if (!source.includes('\n')) return true;
  return !/`[^`]*\n[^`]*`/.test(source) && !/"""|'''/.test(source);
}

/** The list of statements that the one at a line stands in, with its index. */
export function findAt(body: readonly Stmt[], line: number): { readonly list: readonly Stmt[]; readonly index: number } | undefined {
  for (const [index, stmt] of body.entries()) {
    // `write().then(() => { done = true; })` is one statement to repair; a test written in one line is what stands in it.
    if (stmt.line === line && !holdsTest(stmt)) return { list: body, index };
    const inner = listsIn(stmt)
      .map((list) => findAt(list, line))
      .find((found) => found !== undefined);
    if (inner) return inner;
    if (stmt.line === line) return { list: body, index };
  }
  // A statement over several lines that the line stands in.
  for (const [index, stmt] of body.entries()) {
    const next = body[index + 1];
    if (stmt.line <= line && (!next || next.line > line) && containsLine(stmt, line)) return { list: body, index };
  }
  return undefined;
}

/** A test, a function or a class: what stands in it is what is meant. */
export function holdsTest(stmt: Stmt): boolean {
  if (stmt.kind === 'define' || stmt.kind === 'class') return true;
  if (stmt.kind === 'declare') return stmt.value?.kind === 'function';
  if (stmt.kind !== 'expression') return false;
  if (stmt.value.kind === 'assign') return stmt.value.value.kind === 'function';
  return stmt.value.kind === 'call' && /^(?:test|it|describe|(?:before|after)(?:Each|All)?)\b/.test(pathOf(stmt.value.callee) ?? '');
}

function containsLine(stmt: Stmt, line: number): boolean {
  let last = stmt.line;
  const { exprs } = insideOf(stmt);
  for (const expr of exprs) walkExpr(expr, (part) => (last = Math.max(last, part.line)));
  return last >= line;
}

/** Lists of statements right inside: bodies of blocks, and of functions in expressions. */
function listsIn(stmt: Stmt): (readonly Stmt[])[] {
  const lists: (readonly Stmt[])[] = [];
  switch (stmt.kind) {
    case 'if':
      lists.push(stmt.yes, stmt.no);
      break;
    case 'loop':
      lists.push(stmt.body);
      break;
    case 'try':
      lists.push(stmt.body, ...stmt.handlers.map((handler) => handler.body), stmt.last);
      break;
    case 'with':
    case 'class':
    case 'block':
      lists.push(stmt.body);
      break;
    default:
      break;
  }
  for (const expr of insideOf(stmt).exprs)
    walkExpr(expr, (part) => {
      // `(x) => x.name` is no place for statements.
      if (part.kind === 'function' && !(part.body[0]?.kind === 'return' && part.body[0].implicit)) lists.push(part.body);
    });
  return lists;
}

/** Takes a statement out, with its line where it has that for itself. */
export function withoutLine(text: string, { start, end }: Place): SourceEdit {
  const begin = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const isAlone = text.slice(begin, start).trim() === '' && next >= 0 && text.slice(end, next).trim() === '';
  return isAlone ? { start: begin, end: next + 1, text: '' } : { start, end, text: '' };
}
