import ts from 'typescript';
import { definitionOf, nameText, skipWrapping, type Modules } from './definitions';

/** Stands in a folded string for what is only known when the program runs. */
export const UNKNOWN = '{}';

const MAX_DEPTH = 20;

/** The text of an expression as far as it can be read, `{}` for the rest: `/orders/${id}` is `/orders/{}`. */
export function foldText(node: ts.Node, modules: Modules, depth = 0): string {
  if (depth > MAX_DEPTH) return UNKNOWN;
  const expression = skipWrapping(node);
  if (ts.isStringLiteralLike(expression) || ts.isNumericLiteral(expression)) return expression.text;
  if (ts.isTemplateExpression(expression))
    return (
      expression.head.text +
      expression.templateSpans.map((span) => foldText(span.expression, modules, depth + 1) + span.literal.text).join('')
    );
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return foldText(expression.left, modules, depth + 1) + foldText(expression.right, modules, depth + 1);
  if (ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression) || ts.isElementAccessExpression(expression)) {
    const target = memberByLiteral(expression, modules) ?? definitionOf(expression, modules);
    if (target === expression) return UNKNOWN;
    if (ts.isEnumMember(target)) return target.initializer ? foldText(target.initializer, modules, depth + 1) : UNKNOWN;
    if (ts.isPropertyDeclaration(target)) return target.initializer ? foldText(target.initializer, modules, depth + 1) : UNKNOWN;
    if (ts.isVariableDeclaration(target))
      return isConstant(target) && target.initializer ? foldText(target.initializer, modules, depth + 1) : UNKNOWN;
    return ts.isExpression(target) ? foldText(target, modules, depth + 1) : UNKNOWN;
  }
  if (ts.isCallExpression(expression)) return foldCall(expression, modules, depth);
  if (
    ts.isNewExpression(expression) &&
    ts.isIdentifier(expression.expression) &&
    expression.expression.text === 'URL' &&
    expression.arguments?.[0]
  )
    return foldText(expression.arguments[0], modules, depth + 1);
  return UNKNOWN;
}

/** Like foldText, for those who need all of it: undefined when a part is unknown. */
export function constantText(node: ts.Node, modules: Modules): string | undefined {
  const folded = foldText(node, modules);
  return folded.includes(UNKNOWN) ? undefined : folded;
}

function memberByLiteral(node: ts.Node, modules: Modules): ts.Node | undefined {
  if (!ts.isElementAccessExpression(node) || !ts.isStringLiteralLike(node.argumentExpression)) return undefined;
  const owner = definitionOf(node.expression, modules);
  const { text } = node.argumentExpression;
  if (!ts.isObjectLiteralExpression(owner)) return undefined;
  const property = owner.properties.find((p) => p.name !== undefined && nameText(p.name) === text);
  return property && ts.isPropertyAssignment(property) ? definitionOf(property.initializer, modules) : undefined;
}

function isConstant(declaration: ts.VariableDeclaration): boolean {
  return ts.isVariableDeclarationList(declaration.parent) && (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
}

/** Text methods that leave a path recognisable, and the author's own functions that return one expression. */
function foldCall(call: ts.CallExpression, modules: Modules, depth: number): string {
  const callee = call.expression;
  if (ts.isPropertyAccessExpression(callee)) {
    const method = callee.name.text;
    if (method === 'toString' || method === 'trim') return foldText(callee.expression, modules, depth + 1);
    if (method === 'concat') return [callee.expression, ...call.arguments].map((part) => foldText(part, modules, depth + 1)).join('');
    if (method === 'join') {
      const list = skipWrapping(callee.expression);
      const separator = call.arguments[0] ? foldText(call.arguments[0], modules, depth + 1) : ',';
      if (ts.isArrayLiteralExpression(list)) return list.elements.map((part) => foldText(part, modules, depth + 1)).join(separator);
    }
  }
  if (ts.isIdentifier(callee) && callee.text === 'String' && call.arguments[0]) return foldText(call.arguments[0], modules, depth + 1);
  const returned = returnedBy(definitionOf(callee, modules));
  return returned ? foldText(returned, modules, depth + 1) : UNKNOWN;
}

function returnedBy(node: ts.Node): ts.Expression | undefined {
  const target = ts.isVariableDeclaration(node) && node.initializer ? skipWrapping(node.initializer) : node;
  if (
    !ts.isArrowFunction(target) &&
    !ts.isFunctionDeclaration(target) &&
    !ts.isFunctionExpression(target) &&
    !ts.isMethodDeclaration(target)
  )
    return undefined;
  const { body } = target;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return body;
  const [only] = body.statements;
  return body.statements.length === 1 && only && ts.isReturnStatement(only) ? only.expression : undefined;
}

/** A whole number that an expression is, or falls back to: `Number(process.env.PORT ?? 3000)` is 3000. */
export function foldNumber(node: ts.Node, modules: Modules, depth = 0): number | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const expression = skipWrapping(node);
  if (ts.isNumericLiteral(expression) || ts.isStringLiteralLike(expression)) {
    const value = Number(expression.text);
    return Number.isInteger(value) && expression.text !== '' ? value : undefined;
  }
  if (ts.isBinaryExpression(expression)) {
    const operator = expression.operatorToken.kind;
    if (operator === ts.SyntaxKind.BarBarToken || operator === ts.SyntaxKind.QuestionQuestionToken)
      return foldNumber(expression.left, modules, depth + 1) ?? foldNumber(expression.right, modules, depth + 1);
    return undefined;
  }
  if (ts.isPrefixUnaryExpression(expression) && expression.operator === ts.SyntaxKind.PlusToken)
    return foldNumber(expression.operand, modules, depth + 1);
  if (ts.isConditionalExpression(expression))
    return foldNumber(expression.whenTrue, modules, depth + 1) ?? foldNumber(expression.whenFalse, modules, depth + 1);
  if (ts.isCallExpression(expression)) {
    const name = ts.isIdentifier(expression.expression)
      ? expression.expression.text
      : ts.isPropertyAccessExpression(expression.expression)
        ? expression.expression.name.text
        : '';
    if (name === 'Number' || name === 'parseInt') return expression.arguments[0] && foldNumber(expression.arguments[0], modules, depth + 1);
    // `config.get('PORT', 3000)` and its kin: the second argument is the default.
    if (name === 'get' && expression.arguments.length === 2 && expression.arguments[1])
      return foldNumber(expression.arguments[1], modules, depth + 1);
    return undefined;
  }
  const target = definitionOf(expression, modules);
  if (target === expression) return undefined;
  if (ts.isVariableDeclaration(target)) return target.initializer && foldNumber(target.initializer, modules, depth + 1);
  return ts.isExpression(target) ? foldNumber(target, modules, depth + 1) : undefined;
}

/** The value of an expression made of literals alone (JSON and `undefined`), following constants; undefined where it is not. */
export function literalValue(node: ts.Node, modules: Modules, depth = 0): unknown {
  if (depth > MAX_DEPTH) return undefined;
  const expression = skipWrapping(node);
  if (expression.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (expression.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (expression.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isNumericLiteral(expression)) return Number(expression.text);
  if (ts.isPrefixUnaryExpression(expression) && expression.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(expression.operand))
    return -Number(expression.operand.text);
  if (ts.isArrayLiteralExpression(expression)) return expression.elements.map((element) => literalValue(element, modules, depth + 1));
  if (ts.isObjectLiteralExpression(expression)) {
    const entries = expression.properties.flatMap((property): [string, unknown][] => {
      const name = property.name && nameText(property.name);
      if (name === undefined) return [];
      if (ts.isPropertyAssignment(property)) return [[name, literalValue(property.initializer, modules, depth + 1)]];
      return ts.isShorthandPropertyAssignment(property) ? [[name, literalValue(property.name, modules, depth + 1)]] : [];
    });
    return Object.fromEntries(entries);
  }
  if (ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression)) {
    const target = definitionOf(expression, modules);
    if (target === expression) return undefined;
    if (ts.isEnumMember(target)) return target.initializer && literalValue(target.initializer, modules, depth + 1);
    if (ts.isVariableDeclaration(target)) return undefined;
    return ts.isExpression(target) ? literalValue(target, modules, depth + 1) : undefined;
  }
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
    // Milliseconds are often written as 5 * 1000.
    const [left, right] = [literalValue(expression.left, modules, depth + 1), literalValue(expression.right, modules, depth + 1)];
    return typeof left === 'number' && typeof right === 'number' ? left * right : undefined;
  }
  return constantText(expression, modules);
}
