import type { Finding } from '@testimony/contracts';
import type { FixHints } from '../../flakes/api';
import { insideOf, pathOf, walk, walkExpr, type CodeModule, type Expr, type Stmt } from '../code';
import { assertionOf } from '../assertions';
import { findAt, writingOf, type SourceEdit, type Writing } from '../source-edit';

/** One way to remove the cause of a finding. */
export interface Proposal {
  /** In a sentence: what it changes. */
  readonly title: string;
  readonly edits: readonly SourceEdit[];
  /** What is believed before any proof, 0..1. */
  readonly prior: number;
}

type TestFramework = 'native' | 'playwright' | 'vitest' | 'jest' | 'plain';

/** A test file as a repair sees it. */
export interface TestText {
  readonly root: string;
  readonly module: CodeModule;
  readonly writing: Writing;
  readonly framework: TestFramework;
  readonly file: string;
}

export type Repair = (test: TestText, finding: Finding, hints: FixHints) => readonly Proposal[];

export function testOf(module: CodeModule, root: string, file: string): TestText {
  return { root, module, writing: writingOf(module), framework: frameworkOf(module), file };
}

function frameworkOf(module: CodeModule): TestFramework {
  const sources = new Set<string>();
  let words = '';
  walk(
    module.body,
    (expr) => {
      if (expr.kind !== 'call') return;
      const path = pathOf(expr.callee) ?? '';
      if (path === 'require' && expr.args[0]?.kind === 'literal') sources.add(String(expr.args[0].value));
      words += ` ${path}`;
    },
    (stmt) => stmt.kind === 'import' && sources.add(stmt.source),
  );
  if (sources.has('@playwright/test')) return 'playwright';
  if (sources.has('vitest')) return 'vitest';
  if (sources.has('@testimony/page') || takesPage(module)) return 'native';
  if (sources.has('node:test') || sources.has('chai') || sources.has('pytest') || sources.has('unittest')) return 'plain';
  return sources.has('@jest/globals') || / (?:test|it|describe|jest\.\w+)\b/.test(words) ? 'jest' : 'plain';
}

/** `run(page)`, however it is exported. */
function takesPage(module: CodeModule): boolean {
  let found = false;
  const look = (params: readonly Expr[]): void => {
    if (params.length === 1 && params[0]?.kind === 'name' && params[0].name === 'page') found = true;
  };
  for (const stmt of module.body) {
    if (stmt.kind === 'define') look(stmt.value.params);
    for (const expr of insideOf(stmt).exprs) walkExpr(expr, (part) => part.kind === 'function' && look(part.params));
  }
  return found;
}

/** The statement at a line, with those around it. */
export function statementAt(
  test: TestText,
  line: number,
): { readonly list: readonly Stmt[]; readonly index: number; readonly stmt: Stmt } | undefined {
  const found = findAt(test.module.body, line);
  const stmt = found?.list[found.index];
  return found && stmt ? { ...found, stmt } : undefined;
}

/** All expressions of statements, functions included. */
export function expressionsIn(stmts: readonly Stmt[]): Expr[] {
  const found: Expr[] = [];
  walk(stmts, (expr) => found.push(expr));
  return found;
}

export function isAssertion(stmt: Stmt): boolean {
  if (stmt.kind === 'assert') return true;
  if (stmt.kind === 'if')
    return (
      stmt.no.length === 0 &&
      stmt.yes.length > 0 &&
      stmt.yes.every((inner) => inner.kind === 'throw' || (inner.kind === 'block' && inner.body.every((one) => one.kind === 'throw')))
    );
  const value = stmt.kind === 'expression' ? (stmt.value.kind === 'await' ? stmt.value.value : stmt.value) : undefined;
  return value !== undefined && assertionOf(value) !== undefined;
}

/** Names that statements declare. */
export function declaredIn(stmts: readonly Stmt[]): Set<string> {
  const names = new Set<string>();
  for (const stmt of stmts) if (stmt.kind === 'declare') walkExpr(stmt.target, (part) => part.kind === 'name' && names.add(part.name));
  return names;
}

export function usesAny(stmts: readonly Stmt[], names: ReadonlySet<string>): boolean {
  return expressionsIn(stmts).some((expr) => expr.kind === 'name' && names.has(expr.name));
}

/** The functions around a place, innermost last. */
export function functionsAround(test: TestText, offset: number): (Expr & { kind: 'function' })[] {
  const found: (Expr & { kind: 'function' })[] = [];
  walk(test.module.body, (expr) => {
    if (expr.kind === 'function' && expr.start <= offset && offset < expr.end) found.push(expr);
  });
  return found;
}

/** A name that the text does not use. */
export function freeName(test: TestText, wanted: string): string {
  let name = wanted;
  for (let number = 2; new RegExp(`\\b${name}\\b`).test(test.writing.text); number += 1) name = `${wanted}${number}`;
  return name;
}

/** What to add so that a module of Python's library is there. */
export function pythonImport(test: TestText, module: string): SourceEdit[] {
  const { body } = test.module;
  if (
    body.some(
      (stmt) =>
        stmt.kind === 'import' && stmt.source === module && stmt.names.some((name) => name.imported === '*' && name.local === module),
    )
  )
    return [];
  const first = body.find((stmt) => stmt.kind === 'import' && stmt.source !== '__future__') ?? body.find((stmt) => stmt.kind !== 'import');
  return first
    ? [
        {
          start: first.start,
          end: first.start,
          text: `import ${module}${test.writing.eol}${first.kind === 'import' ? '' : test.writing.eol}`,
        },
      ]
    : [];
}

/** What to add so that a name comes from a module that is imported already; nothing where it is there, undefined where there is no such import. */
export function alsoImport(test: TestText, source: string, name: string): SourceEdit[] | undefined {
  for (const stmt of test.module.body) {
    if (stmt.kind !== 'import' || stmt.source !== source) continue;
    if (stmt.names.some((one) => one.local === name)) return [];
    const text = test.writing.text.slice(stmt.start, stmt.end);
    // What is imported as a type is not there when it runs.
    if (/^import\s+type\b/.test(text)) continue;
    const brace = /\{\s*/.exec(text);
    if (brace)
      return [{ start: stmt.start + brace.index + brace[0].length, end: stmt.start + brace.index + brace[0].length, text: `${name}, ` }];
  }
  return undefined;
}

export function linesOf(writing: Writing, indent: string, lines: readonly string[]): string {
  return lines.map((line, index) => (index === 0 ? line : indent + line)).join(writing.eol);
}

/** Nothing where `expect` is there; undefined where it cannot be had. */
export function needsExpect(test: TestText): SourceEdit[] | undefined {
  if (/\bexpect\b/.test(test.writing.text)) return [];
  const also = alsoImport(test, '@testimony/page', 'expect');
  if (also) return also;
  const [first] = test.module.body;
  if (test.framework !== 'native' || !first) return undefined;
  const { quote, semicolon, eol, text } = test.writing;
  const commonJs = /^\s*(?:exports|module\.exports)\b/m.test(text) || /\brequire\(/.test(text);
  const line = commonJs
    ? `const { expect } = require(${quote}@testimony/page${quote})`
    : `import { expect } from ${quote}@testimony/page${quote}`;
  return [{ start: first.start, end: first.start, text: `${line}${semicolon}${eol}${first.kind === 'import' ? '' : eol}` }];
}
