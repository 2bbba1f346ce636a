import { createHash } from 'node:crypto';
import { insideOf, partsOf, type Expr, type Stmt } from './code';

/** Longer keys are hashed: values that were resolved through many definitions would grow without a bound. */
const LONGEST_KEY = 4000;
const known = new WeakMap<Expr, string>();

/** Equal for expressions that say the same, wherever they stand. */
export function keyOf(expr: Expr): string {
  let key = known.get(expr);
  if (key === undefined) {
    key = written(expr);
    if (key.length > LONGEST_KEY) key = `#${createHash('sha256').update(key).digest('base64url')}`;
    known.set(expr, key);
  }
  return key;
}

function keyOfStmts(stmts: readonly Stmt[]): string {
  return stmts.map(keyOfStmt).join(';');
}

export function keyOfStmt(stmt: Stmt): string {
  const { stmts, exprs } = insideOf(stmt);
  const own =
    stmt.kind === 'opaque'
      ? stmt.text
      : stmt.kind === 'import'
        ? `${stmt.source}:${stmt.names.map((name) => `${name.imported}>${name.local}`).join(',')}`
        : stmt.kind === 'define' || stmt.kind === 'class'
          ? stmt.name
          : stmt.kind === 'jump'
            ? stmt.how
            : '';
  return `${stmt.kind} ${own}(${exprs.map(keyOf).join(',')}){${keyOfStmts(stmts)}}`;
}

function written(expr: Expr): string {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'literal':
      return expr.value === undefined ? 'undefined' : JSON.stringify(expr.value);
    case 'regex':
      return `/${expr.source}/${expr.flags}`;
    case 'member':
      return `${keyOf(expr.object)}${expr.optional ? '?' : ''}.${expr.name}`;
    case 'index':
      return `${keyOf(expr.object)}${expr.optional ? '?' : ''}[${keyOf(expr.index)}]`;
    case 'call':
      return `${expr.isNew ? 'new ' : ''}${keyOf(expr.callee)}${expr.optional ? '?' : ''}(${expr.args.map(keyOf).join(',')})`;
    case 'named':
      return `${expr.name}=${keyOf(expr.value)}`;
    case 'await':
      return keyOf(expr.value);
    case 'function':
      return `(${expr.params.map(keyOf).join(',')})=>{${keyOfStmts(expr.body)}}`;
    case 'binary':
      return `(${keyOf(expr.left)} ${expr.op} ${keyOf(expr.right)})`;
    case 'unary':
      return `${expr.op}${keyOf(expr.value)}`;
    case 'choice':
      return `(${keyOf(expr.test)}?${keyOf(expr.yes)}:${keyOf(expr.no)})`;
    case 'list':
      return `[${expr.items.map(keyOf).join(',')}]`;
    case 'object':
      return `{${expr.entries
        .map((entry) => `${typeof entry.key === 'string' ? JSON.stringify(entry.key) : `[${keyOf(entry.key)}]`}:${keyOf(entry.value)}`)
        .toSorted()
        .join(',')}}`;
    case 'spread':
      return `...${keyOf(expr.value)}`;
    case 'template':
      return `\`${expr.parts.map((part) => (part.kind === 'literal' ? JSON.stringify(part.value) : `\${${keyOf(part)}}`)).join('')}\``;
    case 'assign':
      return `${keyOf(expr.target)}${expr.op}${keyOf(expr.value)}`;
    case 'lambda':
      return `\\${keyOf(expr.body)}`;
    case 'parameter':
      return `$${expr.depth}.${expr.index}`;
    case 'either':
      return `<${expr.values.map(keyOf).join('|')}>`;
    case 'each':
    case 'opaque':
      return `${expr.kind}${expr.kind === 'opaque' ? expr.text : ''}(${partsOf(expr).map(keyOf).join(',')})`;
  }
}
