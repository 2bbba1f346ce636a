import ts from 'typescript';

export interface Decorator {
  readonly name: string;
  readonly arguments: readonly ts.Expression[];
  readonly node: ts.Decorator;
}

export function decoratorsOf(node: ts.Node): Decorator[] {
  if (!ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).flatMap((decorator): Decorator[] => {
    const { expression } = decorator;
    const called = ts.isCallExpression(expression);
    const callee = called ? expression.expression : expression;
    const name = ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
    return name === undefined ? [] : [{ name, arguments: called ? expression.arguments : [], node: decorator }];
  });
}

/** A property's value in an object literal argument. */
export function optionOf(argument: ts.Expression | undefined, name: string): ts.Expression | undefined {
  if (!argument || !ts.isObjectLiteralExpression(argument)) return undefined;
  for (const property of argument.properties)
    if (property.name && ts.isIdentifier(property.name) && property.name.text === name) {
      if (ts.isPropertyAssignment(property)) return property.initializer;
      if (ts.isShorthandPropertyAssignment(property)) return property.name;
    }
  return undefined;
}
