import ts from 'typescript';
import { declarationOf, definitionOf, memberOf, nameText, requiredModule, skipWrapping, type Modules } from '../syntax/definitions';
import { dottedName, walk } from '../syntax/names';

// A router is known by the node that holds it: a variable, a property of a class, a parameter, or the call that makes it.

const MAKES_ROUTER = /^[eE]xpress$|Router$/;
const ROUTER_NAME = /^(app|application|router|server|api|expressApp|routes?)$/i;
const ROUTER_TYPE = /\b(Express|Application|Router|IRouter)\b/;
/** Methods of a router that return it. */
const CHAINS: ReadonlySet<string> = new Set(['use', 'get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all', 'set']);
const MAX_HOPS = 10;

/** Values that a variable takes by turns, by its declaration. */
export type Turn = ReadonlyMap<ts.Node, ts.Node>;

/**
 * For a call that stands in a loop over a list written in the source (`routes.forEach((r) => app.use(r.path, r.router))`):
 * what the loop's variables are in each turn. One empty turn for a call outside such a loop.
 */
export function turnsAround(call: ts.Node, modules: Modules): Turn[] {
  for (let node: ts.Node = call; node.parent; node = node.parent) {
    const loop = ts.isForOfStatement(node)
      ? forOf(node)
      : ts.isArrowFunction(node) || ts.isFunctionExpression(node)
        ? forEach(node)
        : undefined;
    const list = loop && definitionOf(loop.list, modules);
    if (!loop || !list || !ts.isArrayLiteralExpression(list)) continue;
    return list.elements.map((element) => turnOf(loop.variable, definitionOf(element, modules), modules));
  }
  return [new Map()];
}

function forOf(node: ts.ForOfStatement): { readonly list: ts.Expression; readonly variable: ts.BindingName } | undefined {
  const variable = ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0]?.name : undefined;
  return variable && { list: node.expression, variable };
}

function forEach(
  node: ts.ArrowFunction | ts.FunctionExpression,
): { readonly list: ts.Expression; readonly variable: ts.BindingName } | undefined {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== node || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const variable = node.parameters[0]?.name;
  return variable && /^(forEach|map)$/.test(call.expression.name.text) ? { list: call.expression.expression, variable } : undefined;
}

function turnOf(variable: ts.BindingName, value: ts.Node, modules: Modules): Turn {
  if (ts.isIdentifier(variable)) return new Map([[variable.parent, value]]);
  return new Map(
    variable.elements.flatMap((element, at): [ts.Node, ts.Node][] => {
      if (!ts.isBindingElement(element)) return [];
      const name = nameText(element.name);
      const part = ts.isArrayLiteralExpression(value)
        ? value.elements[at]
        : name === undefined
          ? undefined
          : memberOf(value, name, modules);
      return part ? [[element, part]] : [];
    }),
  );
}

/** The expression, or what it is in this turn: `r.path` of the element that `r` is. */
export function inTurn(node: ts.Expression, turn: Turn, modules: Modules): ts.Expression {
  if (turn.size === 0) return node;
  const inner = skipWrapping(node);
  const owner = ts.isPropertyAccessExpression(inner) ? inner.expression : inner;
  const declaration = ts.isIdentifier(owner) ? declarationOf(owner) : undefined;
  const value = declaration && turn.get(declaration);
  const result = value && ts.isPropertyAccessExpression(inner) ? memberOf(value, inner.name.text, modules) : value;
  return result && (ts.isExpression(result) || ts.isVariableDeclaration(result)) ? (result as ts.Expression) : node;
}

/** The router that an expression means; undefined when it is none that can be read. */
export function routerOf(node: ts.Node, modules: Modules, hops = 0): ts.Node | undefined {
  if (hops > MAX_HOPS) return undefined;
  const expression = skipWrapping(node);
  if (ts.isPropertyAccessExpression(expression)) {
    const owner = instanceOf(expression.expression, modules);
    const held = owner && fieldOf(owner, expression.name.text);
    if (held) return heldRouter(held, modules, hops);
  }
  const target = ts.isVariableDeclaration(expression) ? expression : definitionOf(expression, modules);
  if (ts.isVariableDeclaration(target)) return target.initializer ? madeBy(target.initializer, target, modules, hops) : undefined;
  if (ts.isCallExpression(target) || ts.isNewExpression(target)) return madeBy(target, target, modules, hops);
  if (ts.isParameter(target)) return isRouterParameter(target) ? target : undefined;
  if (ts.isPropertyDeclaration(target)) return heldRouter(target, modules, hops);
  return undefined;
}

export function isRouterParameter(parameter: ts.ParameterDeclaration): boolean {
  if (parameter.type) return ROUTER_TYPE.test(parameter.type.getText());
  return ts.isIdentifier(parameter.name) && ROUTER_NAME.test(parameter.name.text);
}

/** The function (or method) that an expression names. */
export function functionOf(node: ts.Node, modules: Modules): ts.SignatureDeclaration | undefined {
  const target = definitionOf(node, modules);
  const value =
    ts.isVariableDeclaration(target) && target.initializer
      ? skipWrapping(target.initializer)
      : ts.isPropertyDeclaration(target) && target.initializer
        ? skipWrapping(target.initializer)
        : target;
  return ts.isFunctionLike(value) ? value : undefined;
}

/** `express()`, `express.Router()`, or a function of the project that returns a router. */
function madeBy(initializer: ts.Node, holder: ts.Node, modules: Modules, hops: number): ts.Node | undefined {
  const call = skipWrapping(initializer);
  if (!ts.isCallExpression(call) && !ts.isNewExpression(call))
    return ts.isExpression(call) && call !== holder ? routerOf(call, modules, hops + 1) : undefined;
  // `Router().use(a).use(b)` is the router that the chain begins with.
  if (ts.isPropertyAccessExpression(call.expression) && CHAINS.has(call.expression.name.text))
    return routerOf(call.expression.expression, modules, hops + 1);
  const maker = functionOf(call.expression, modules);
  if (maker) return returnedRouter(maker, modules, hops + 1);
  const called = requiredModule(call.expression) ?? dottedName(call.expression).split('.').at(-1) ?? '';
  return MAKES_ROUTER.test(called) ? holder : undefined;
}

function returnedRouter(maker: ts.SignatureDeclaration, modules: Modules, hops: number): ts.Node | undefined {
  const body = 'body' in maker ? maker.body : undefined;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return routerOf(body, modules, hops + 1);
  let found: ts.Node | undefined;
  walk(body, (node) => {
    if (found || ts.isFunctionLike(node)) return false;
    if (ts.isReturnStatement(node) && node.expression) found = routerOf(node.expression, modules, hops + 1);
    return undefined;
  });
  return found;
}

function heldRouter(field: ts.Node, modules: Modules, hops: number): ts.Node | undefined {
  if (ts.isPropertyDeclaration(field)) {
    if (field.initializer) return madeBy(field.initializer, field, modules, hops + 1);
    if (field.type && ROUTER_TYPE.test(field.type.getText())) return field;
    return ROUTER_NAME.test(nameText(field.name) ?? '') ? field : undefined;
  }
  if (ts.isBinaryExpression(field)) return madeBy(field.right, field, modules, hops + 1);
  return ts.isParameter(field) && isRouterParameter(field) ? field : undefined;
}

/** The class of `this`, of `new X()` and of a variable that holds one. */
function instanceOf(node: ts.Node, modules: Modules): ts.ClassLikeDeclaration | undefined {
  if (node.kind === ts.SyntaxKind.ThisKeyword) {
    for (let above: ts.Node | undefined = node.parent; above; above = above.parent) if (ts.isClassLike(above)) return above;
    return undefined;
  }
  const target = definitionOf(node, modules);
  const made = ts.isVariableDeclaration(target) && target.initializer ? skipWrapping(target.initializer) : target;
  if (!ts.isNewExpression(made)) return undefined;
  const type = definitionOf(made.expression, modules);
  return ts.isClassLike(type) ? type : undefined;
}

/** The declaration of a field, or, in JavaScript, the assignment that makes it. */
function fieldOf(owner: ts.ClassLikeDeclaration, name: string): ts.Node | undefined {
  const declared = owner.members.find((member) => ts.isPropertyDeclaration(member) && nameText(member.name) === name);
  if (declared) return declared;
  const maker = owner.members.find(ts.isConstructorDeclaration);
  const parameter = maker?.parameters.find((each) => ts.isParameterPropertyDeclaration(each, maker) && nameText(each.name) === name);
  if (parameter) return parameter;
  let assigned: ts.Node | undefined;
  if (maker?.body)
    walk(maker.body, (node) => {
      if (assigned) return false;
      if (
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
        ts.isPropertyAccessExpression(node.left) &&
        node.left.expression.kind === ts.SyntaxKind.ThisKeyword &&
        node.left.name.text === name
      )
        assigned = node;
      return undefined;
    });
  return assigned;
}
