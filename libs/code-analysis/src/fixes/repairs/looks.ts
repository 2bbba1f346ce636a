import { partsOf, type Expr, type Stmt } from '../code';
import { assertionOf } from '../assertions';
import { purposeIn } from './names';
import { expressionsIn, isAssertion, type TestText } from './repair';

/** Asks and looks, and changes nothing: may be done again. So may a loop of such statements. */
export function isLook(stmt: Stmt, test: TestText): boolean {
  switch (stmt.kind) {
    case 'loop':
      return (
        stmt.body.every((inner) => isLook(inner, test)) &&
        [stmt.test, stmt.step, stmt.source].every(
          (expr) => expr === undefined || changesNothing([{ ...stmt, kind: 'expression', value: expr }], test),
        )
      );
    case 'block':
      return stmt.body.every((inner) => isLook(inner, test));
    case 'declare':
      return stmt.value !== undefined && changesNothing([stmt], test);
    case 'expression':
    case 'assert':
    case 'if':
      return stmt.kind === 'expression' && !isAssertion(stmt) ? changesNothing([stmt], test) : isAssertion(stmt) && !changes(test, [stmt]);
    default:
      return false;
  }
}

/** What is kept in a name of the test's own is looked up anew with it. */
function changesNothing(stmts: readonly Stmt[], test: TestText): boolean {
  return expressionsIn(stmts).every((expr) => {
    if (expr.kind === 'assign') return expr.target.kind === 'name';
    return expr.kind !== 'call' || ['read', 'pure', 'clock', 'random'].includes(purposeIn(test, expr));
  });
}

/** True when something in it may change what others see. */
export function changes(test: TestText, stmts: readonly Stmt[]): boolean {
  const assertions = new Set<Expr>();
  return expressionsIn(stmts).some((expr) => {
    // Neither `expect(...)` nor the matcher that is called on it.
    if (assertionOf(expr))
      for (let at: Expr | undefined = expr; at; at = at.kind === 'call' || at.kind === 'member' ? partsOf(at)[0] : undefined)
        assertions.add(at);
    return expr.kind === 'call' && !assertions.has(expr) && purposeIn(test, expr) === 'action';
  });
}

/** Asserts, or does so for each of several. */
export function asserts(stmt: Stmt): boolean {
  if (isAssertion(stmt)) return true;
  return (stmt.kind === 'loop' || stmt.kind === 'block') && stmt.body.some(asserts);
}
