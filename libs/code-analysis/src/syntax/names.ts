import ts from 'typescript';

/** The dotted name of what an expression calls or names: `auth.required` for `auth.required`, `passport.authenticate` for `passport.authenticate('jwt')`. */
export function dottedName(node: ts.Node): string {
  if (ts.isIdentifier(node)) return node.text;
  if (node.kind === ts.SyntaxKind.ThisKeyword) return 'this';
  if (ts.isPropertyAccessExpression(node)) return `${dottedName(node.expression)}.${node.name.text}`;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return dottedName(node.expression);
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node)) return dottedName(node.expression);
  return '';
}

/** Visits a node and all below it, parents first. A `visit` that returns false keeps out of what is below. */
export function walk(node: ts.Node, visit: (node: ts.Node) => boolean | void): void {
  // An explicit stack: generated code nests deeper than the call stack is deep.
  const pending = [node];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (visit(next) === false) continue;
    const children: ts.Node[] = [];
    ts.forEachChild(next, (child) => {
      children.push(child);
    });
    for (let at = children.length - 1; at >= 0; at--) pending.push(children[at] as ts.Node);
  }
}

/** Names that say "who are you, and may you": guards, middleware, decorators. */
const ACCESS =
  /auth(?!or)|jwt|passport|bearer|token|guard|permission|protect|role|restrict|acl|logged_?in|signed_?in|login_?required|require_?(user|login)|api_?key/i;
/** Same words, other trades: limiting, reading a session, an optional login, setting up. */
const NO_ACCESS =
  /optional|limit|throttl|initialize|\.session$|csrf|xsrf|(^|\.)validate$|validat(e|ion)(body|request|params|query|schema)|schema|rout(e|er|es)$|controller|handler$|public|skip|error/i;

/** True for a middleware or guard that, going by its name, turns away whom it does not know. */
export function asksForLogin(name: string): boolean {
  return ACCESS.test(name) && !NO_ACCESS.test(name);
}

const ROLES = /role|permit|restrict|allow|authoriz|authoris|require|grant|access|can$|^auth$|scope/i;

/** True for a decorator or middleware whose text arguments are roles or permissions. */
export function takesRoles(name: string): boolean {
  return ROLES.test(name.split('.').at(-1) ?? '') && !/^optional/i.test(name);
}
