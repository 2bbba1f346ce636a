import { pathOf, type Expr } from './code';

/** What is sorted, through `[...x].sort(...)`, `x.toSorted()`, `sorted(x, key=...)`. */
export function unsorted(expr: Expr): { readonly base: Expr; readonly sorted: boolean } {
  if (expr.kind === 'call') {
    if (expr.callee.kind === 'member' && /^(?:sort|toSorted)$/.test(expr.callee.name))
      return { base: unsorted(expr.callee.object).base, sorted: true };
    if (pathOf(expr.callee) === 'sorted' && expr.args[0]) return { base: unsorted(expr.args[0]).base, sorted: true };
    if (/(?:^|\.)Counter$/.test(pathOf(expr.callee) ?? '') && expr.args[0]) return { base: expr.args[0], sorted: true };
    if (expr.callee.kind === 'member' && expr.callee.name === 'slice' && expr.args.length === 0) return unsorted(expr.callee.object);
    if (expr.callee.kind === 'member' && expr.callee.name === 'join') {
      const inner = unsorted(expr.callee.object);
      if (inner.sorted) return { base: { ...expr, callee: { ...expr.callee, object: inner.base } }, sorted: true };
    }
    if (pathOf(expr.callee) === 'JSON.stringify' && expr.args.length === 1 && expr.args[0]) {
      const inner = unsorted(expr.args[0]);
      if (inner.sorted) return { base: { ...expr, args: [inner.base] }, sorted: true };
    }
    // A map after a sort: the order is what the sort made it.
    if (expr.callee.kind === 'member' && expr.callee.name === 'map') {
      const inner = unsorted(expr.callee.object);
      if (inner.sorted) return { base: { ...expr, callee: { ...expr.callee, object: inner.base } }, sorted: true };
    }
  }
  return { base: expr, sorted: false };
}

/** A text, as far as what makes it says so: its sorted letters say less than the text. */
export function isTextual(expr: Expr): boolean {
  switch (expr.kind) {
    case 'literal':
      return typeof expr.value === 'string';
    case 'template':
      return true;
    case 'binary':
      return expr.op === '+' && (isTextual(expr.left) || isTextual(expr.right));
    case 'call':
      return /^(?:isoformat|str|String|toISOString|toString|toJSON|randomUUID|uuid4|join|strftime|strip|trim|lower|upper|toLowerCase|toUpperCase|replace|replaceAll|padStart|padEnd|toLocale\w*String|text|hexdigest|format|repeat)$/.test(
        expr.callee.kind === 'member' || expr.callee.kind === 'name' ? expr.callee.name : '',
      );
    default:
      return false;
  }
}
