import ts from 'typescript';
import { constantText } from './constants';
import { definitionOf, type Modules } from './definitions';

/** The roles among the arguments of a call: texts, lists of texts, enum members (their value, or their name where it has none that can be read). */
export function rolesIn(args: readonly ts.Expression[], modules: Modules): string[] {
  return args.flatMap((argument) => {
    if (ts.isSpreadElement(argument)) return rolesIn([argument.expression], modules);
    const target = definitionOf(argument, modules);
    if (ts.isArrayLiteralExpression(target)) return rolesIn(target.elements, modules);
    if (ts.isObjectLiteralExpression(target)) {
      const roles = target.properties.find((p) => p.name && ts.isIdentifier(p.name) && /^(roles?|permissions?|scopes?)$/.test(p.name.text));
      return roles && ts.isPropertyAssignment(roles) ? rolesIn([roles.initializer], modules) : [];
    }
    const text = constantText(argument, modules);
    if (text !== undefined && text !== '') return [text];
    return ts.isPropertyAccessExpression(argument) ? [argument.name.text] : [];
  });
}
