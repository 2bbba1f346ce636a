/**
 * The one tree that fixes are judged on, read from TypeScript, JavaScript and Python alike, so that each rule is written once.
 * Positions are offsets into the text (UTF-16), lines count from 1.
 */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

export type Expr = Place &
  (
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'literal'; readonly value: string | number | boolean | null | undefined }
    | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
    | { readonly kind: 'member'; readonly object: Expr; readonly name: string; readonly optional: boolean }
    | { readonly kind: 'index'; readonly object: Expr; readonly index: Expr; readonly optional: boolean }
    | CallExpr
    /** A keyword argument of Python. */
    | { readonly kind: 'named'; readonly name: string; readonly value: Expr }
    | { readonly kind: 'await'; readonly value: Expr }
    | FunctionExpr
    | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
    | { readonly kind: 'unary'; readonly op: string; readonly value: Expr }
    | { readonly kind: 'choice'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
    | { readonly kind: 'list'; readonly items: readonly Expr[] }
    | { readonly kind: 'object'; readonly entries: readonly Entry[] }
    | { readonly kind: 'spread'; readonly value: Expr }
    | { readonly kind: 'template'; readonly parts: readonly Expr[] }
    | { readonly kind: 'assign'; readonly op: string; readonly target: Expr; readonly value: Expr }
    /** `[element for target in source if conditions]` of Python. */
    | { readonly kind: 'each'; readonly element: Expr; readonly target: Expr; readonly source: Expr; readonly conditions: readonly Expr[] }
    /** What no rule looks into. Equal when its text and its parts are. */
    | { readonly kind: 'opaque'; readonly text: string; readonly parts: readonly Expr[] }
    /** Only in resolved values: the n-th parameter of a function that stands `depth` functions further out. */
    | { readonly kind: 'parameter'; readonly index: number; readonly depth: number }
    /** Only in resolved values: a function that only gives a value. */
    | { readonly kind: 'lambda'; readonly body: Expr }
    /** Only in resolved values: one of several, by the path that was taken. */
    | { readonly kind: 'either'; readonly values: readonly Expr[] }
  );

export interface CallExpr extends Place {
  readonly kind: 'call';
  readonly callee: Expr;
  readonly args: readonly Expr[];
  readonly optional: boolean;
  readonly isNew: boolean;
  /** Only in resolved values: how many actions had been done when it was made. */
  readonly epoch?: number;
}

export interface FunctionExpr extends Place {
  readonly kind: 'function';
  readonly name: string | undefined;
  /** Patterns: names, lists, objects, `assign` for a default, `spread` for the rest. */
  readonly params: readonly Expr[];
  readonly body: readonly Stmt[];
  readonly isAsync: boolean;
}

export interface Entry {
  readonly key: string | Expr;
  /** A `spread` where the entry is one. */
  readonly value: Expr;
}

export interface Handler {
  readonly name: string | undefined;
  readonly type: Expr | undefined;
  readonly body: readonly Stmt[];
  readonly line: number;
}

export type Stmt = Place &
  (
    | { readonly kind: 'declare'; readonly target: Expr; readonly value: Expr | undefined; readonly constant: boolean }
    | { readonly kind: 'expression'; readonly value: Expr }
    | { readonly kind: 'assert'; readonly test: Expr }
    | { readonly kind: 'if'; readonly test: Expr; readonly yes: readonly Stmt[]; readonly no: readonly Stmt[] }
    | {
        readonly kind: 'loop';
        readonly init: readonly Stmt[];
        /** Absent in an endless loop and in one over a collection. */
        readonly test: Expr | undefined;
        readonly step: Expr | undefined;
        readonly target: Expr | undefined;
        readonly source: Expr | undefined;
        readonly body: readonly Stmt[];
      }
    | { readonly kind: 'return'; readonly value: Expr | undefined; readonly implicit: boolean }
    | { readonly kind: 'throw'; readonly value: Expr | undefined }
    | { readonly kind: 'jump'; readonly how: 'break' | 'continue' }
    | { readonly kind: 'try'; readonly body: readonly Stmt[]; readonly handlers: readonly Handler[]; readonly last: readonly Stmt[] }
    | {
        readonly kind: 'with';
        readonly items: readonly { readonly value: Expr; readonly target: Expr | undefined }[];
        readonly body: readonly Stmt[];
      }
    | { readonly kind: 'define'; readonly name: string; readonly value: FunctionExpr; readonly decorators: readonly Expr[] }
    | { readonly kind: 'class'; readonly name: string; readonly body: readonly Stmt[]; readonly decorators: readonly Expr[] }
    | { readonly kind: 'import'; readonly source: string; readonly names: readonly { readonly imported: string; readonly local: string }[] }
    | { readonly kind: 'block'; readonly body: readonly Stmt[] }
    | { readonly kind: 'opaque'; readonly text: string }
  );

export interface CodeModule {
  readonly language: 'typescript' | 'python';
  readonly text: string;
  readonly body: readonly Stmt[];
}

const NOWHERE: Place = { start: 0, end: 0, line: 0 };

export const made = {
  literal: (value: string | number | boolean | null | undefined, at: Place = NOWHERE): Expr => ({ ...place(at), kind: 'literal', value }),
  name: (name: string, at: Place = NOWHERE): Expr => ({ ...place(at), kind: 'name', name }),
  member: (object: Expr, name: string, at: Place = NOWHERE): Expr => ({ ...place(at), kind: 'member', object, name, optional: false }),
  call: (callee: Expr, args: readonly Expr[], at: Place = NOWHERE): CallExpr => ({
    ...place(at),
    kind: 'call',
    callee,
    args,
    optional: false,
    isNew: false,
  }),
  not: (value: Expr): Expr => ({ ...place(value), kind: 'unary', op: '!', value }),
};

export function place({ start, end, line }: Place): Place {
  return { start, end, line };
}

/** The expressions right inside an expression; those of a function's body are not among them. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'member':
      return [expr.object];
    case 'index':
      return [expr.object, expr.index];
    case 'call':
      return [expr.callee, ...expr.args];
    case 'named':
    case 'await':
    case 'unary':
    case 'spread':
      return [expr.value];
    case 'binary':
      return [expr.left, expr.right];
    case 'choice':
      return [expr.test, expr.yes, expr.no];
    case 'list':
      return expr.items;
    case 'object':
      return expr.entries.flatMap((entry) => (typeof entry.key === 'string' ? [entry.value] : [entry.key, entry.value]));
    case 'template':
    case 'opaque':
      return expr.parts;
    case 'assign':
      return [expr.target, expr.value];
    case 'each':
      return [expr.source, expr.target, expr.element, ...expr.conditions];
    case 'lambda':
      return [expr.body];
    case 'either':
      return expr.values;
    case 'function':
      return expr.params;
    case 'name':
    case 'literal':
    case 'regex':
    case 'parameter':
      return [];
  }
}

/** The statements and expressions right inside a statement. */
export function insideOf(stmt: Stmt): { readonly stmts: readonly Stmt[]; readonly exprs: readonly Expr[] } {
  const some = (...values: (Expr | undefined)[]): Expr[] => values.filter((value) => value !== undefined);
  switch (stmt.kind) {
    case 'declare':
      return { stmts: [], exprs: some(stmt.target, stmt.value) };
    case 'expression':
      return { stmts: [], exprs: [stmt.value] };
    case 'assert':
      return { stmts: [], exprs: [stmt.test] };
    case 'if':
      return { stmts: [...stmt.yes, ...stmt.no], exprs: [stmt.test] };
    case 'loop':
      return { stmts: [...stmt.init, ...stmt.body], exprs: some(stmt.test, stmt.step, stmt.target, stmt.source) };
    case 'return':
    case 'throw':
      return { stmts: [], exprs: some(stmt.value) };
    case 'try':
      return {
        stmts: [...stmt.body, ...stmt.handlers.flatMap((handler) => handler.body), ...stmt.last],
        exprs: some(...stmt.handlers.map((handler) => handler.type)),
      };
    case 'with':
      return { stmts: stmt.body, exprs: stmt.items.flatMap((item) => some(item.value, item.target)) };
    case 'define':
      return { stmts: [], exprs: [...stmt.decorators, stmt.value] };
    case 'class':
      return { stmts: stmt.body, exprs: stmt.decorators };
    case 'block':
      return { stmts: stmt.body, exprs: [] };
    case 'import':
    case 'jump':
    case 'opaque':
      return { stmts: [], exprs: [] };
  }
}

/** Visits every expression of the statements, bodies of functions included. */
export function walk(stmts: readonly Stmt[], visit: (expr: Expr) => void, visitStmt?: (stmt: Stmt) => void): void {
  for (const stmt of stmts) {
    visitStmt?.(stmt);
    const inside = insideOf(stmt);
    for (const expr of inside.exprs) walkExpr(expr, visit, visitStmt);
    walk(inside.stmts, visit, visitStmt);
  }
}

export function walkExpr(expr: Expr, visit: (expr: Expr) => void, visitStmt?: (stmt: Stmt) => void): void {
  visit(expr);
  for (const part of partsOf(expr)) walkExpr(part, visit, visitStmt);
  if (expr.kind === 'function') walk(expr.body, visit, visitStmt);
}

export function someExpr(expr: Expr, test: (expr: Expr) => boolean): boolean {
  return test(expr) || partsOf(expr).some((part) => someExpr(part, test));
}

/** `page.clock.install` for a chain of names; calls in it read `()`: `expect().not.toBe`. Undefined for anything else. */
export function pathOf(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'member': {
      const object = pathOf(expr.object);
      return object === undefined ? undefined : `${object}.${expr.name}`;
    }
    case 'call': {
      const callee = pathOf(expr.callee);
      return callee === undefined ? undefined : `${callee}()`;
    }
    case 'await':
      return pathOf(expr.value);
    default:
      return undefined;
  }
}

/** The last name of what is called: `toBe` of `expect(x).toBe`. */
export function calledName(call: CallExpr): string {
  return call.callee.kind === 'member' || call.callee.kind === 'name' ? call.callee.name : '';
}

/** `wait_for` and `waitFor` are one word. */
export function camel(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
