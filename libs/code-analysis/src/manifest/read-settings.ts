import ts from 'typescript';
import { foldNumber } from '../syntax/constants';
import type { Modules } from '../syntax/definitions';
import type { ModuleSyntax } from '../syntax/module-syntax';
import { dottedName, walk } from '../syntax/names';
import { byText } from '../route-path';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_PORT = 65_535;

/** Ports that a service listens on (also as the default of PORT) and environment variables that it reads. */
export function readSettings(
  sources: readonly ModuleSyntax[],
  modules: Modules,
): { readonly ports: number[]; readonly variables: string[] } {
  const ports = new Set<number>();
  const variables = new Set<string>();
  const addPort = (value: number | undefined): void => {
    if (value !== undefined && value > 0 && value <= MAX_PORT) ports.add(value);
  };
  for (const { source } of sources)
    walk(source, (node) => {
      const variable = variableRead(node);
      if (variable !== undefined) variables.add(variable);
      if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer && isEnvironment(node.initializer))
        for (const element of node.name.elements) {
          const key = element.propertyName ?? element.name;
          if (ts.isIdentifier(key) && !element.dotDotDotToken) variables.add(key.text);
          if (ts.isIdentifier(key) && /(^|_)PORT$/.test(key.text) && element.initializer) addPort(foldNumber(element.initializer, modules));
        }
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const called = node.expression.name.text;
        const [first, second] = node.arguments;
        if (called === 'listen' && first) addPort(foldNumber(first, modules));
        if (
          /^get(OrThrow)?$/.test(called) &&
          first &&
          ts.isStringLiteralLike(first) &&
          /^[A-Z][A-Z0-9_]+$/.test(first.text) &&
          /config|env/i.test(dottedName(node.expression.expression))
        ) {
          variables.add(first.text);
          if (/^(HTTP_|APP_|SERVER_)?PORT$/.test(first.text) && second) addPort(foldNumber(second, modules));
        }
      }
      // `process.env.PORT || 3000` wherever it stands.
      if (
        ts.isBinaryExpression(node) &&
        (node.operatorToken.kind === ts.SyntaxKind.BarBarToken || node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
      ) {
        const left = variableRead(node.left);
        if (left !== undefined && /^(HTTP_|APP_|SERVER_)?PORT$/.test(left)) addPort(foldNumber(node.right, modules));
      }
    });
  return { ports: [...ports].sort((a, b) => a - b), variables: [...variables].sort(byText) };
}

function variableRead(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && isEnvironment(node.expression)) return node.name.text;
  if (
    ts.isElementAccessExpression(node) &&
    isEnvironment(node.expression) &&
    ts.isStringLiteralLike(node.argumentExpression) &&
    VARIABLE.test(node.argumentExpression.text)
  )
    return node.argumentExpression.text;
  return undefined;
}

function isEnvironment(node: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'env' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'process'
  );
}
