import ts from 'typescript';
import type { ModuleSyntax } from './module-syntax';

/** The modules of one service: parsed when asked for, each once. */
export interface Modules {
  get(path: string): ModuleSyntax | undefined;
  /** The file that `specifier` means in the file `from`; undefined for a package. */
  resolve(from: string, specifier: string): string | undefined;
}

/** Names that lead through more hops than this (imports, aliases, constants) are left unknown: it is also what ends a circle. */
const MAX_HOPS = 25;

/** Follows an expression to the node that defines its value, through constants, imports, re-exports, `require` and properties. */
export function definitionOf(node: ts.Node, modules: Modules, hops = 0): ts.Node {
  if (hops > MAX_HOPS) return node;
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAwaitExpression(node)
  )
    return definitionOf(node.expression, modules, hops + 1);
  if (ts.isIdentifier(node)) {
    const declaration = declarationOf(node);
    return declaration ? throughDeclaration(declaration, modules, hops + 1) : node;
  }
  if (ts.isPropertyAccessExpression(node)) {
    const member = memberOf(definitionOf(node.expression, modules, hops + 1), node.name.text, modules, hops + 1);
    return member ?? node;
  }
  if (ts.isCallExpression(node)) {
    const required = requiredModule(node);
    const target = required === undefined ? undefined : moduleAt(node, required, modules);
    return target ? wholeOf(target, modules, hops + 1) : node;
  }
  if (ts.isVariableDeclaration(node) || ts.isBindingElement(node)) return throughDeclaration(node, modules, hops + 1);
  return node;
}

function throughDeclaration(declaration: ts.Node, modules: Modules, hops: number): ts.Node {
  if (ts.isVariableDeclaration(declaration)) {
    // A `let` may hold something else by the time it is used.
    const constant = ts.isVariableDeclarationList(declaration.parent) && (declaration.parent.flags & ts.NodeFlags.Let) === 0;
    if (!declaration.initializer || !constant) return declaration;
    const value = definitionOf(declaration.initializer, modules, hops + 1);
    // What a call gives is known by the place that holds it: `const router = Router()` is one router however often it is named.
    return ts.isCallExpression(value) || ts.isNewExpression(value)
      ? value === skipWrapping(declaration.initializer)
        ? declaration
        : ownerOf(value)
      : value;
  }
  if (ts.isBindingElement(declaration)) {
    const pattern = declaration.parent;
    const holder = pattern.parent;
    const key = declaration.propertyName ?? declaration.name;
    if (
      ts.isObjectBindingPattern(pattern) &&
      ts.isVariableDeclaration(holder) &&
      holder.initializer &&
      (ts.isIdentifier(key) || ts.isStringLiteral(key))
    )
      return memberOf(definitionOf(holder.initializer, modules, hops + 1), key.text, modules, hops + 1) ?? declaration;
    return declaration;
  }
  if (ts.isImportSpecifier(declaration)) {
    const target = moduleAt(declaration, specifierOf(declaration.parent.parent.parent), modules);
    return (target && exportOf(target, (declaration.propertyName ?? declaration.name).text, modules, hops + 1)) ?? declaration;
  }
  if (ts.isImportClause(declaration)) {
    const target = moduleAt(declaration, specifierOf(declaration.parent), modules);
    return (target && exportOf(target, 'default', modules, hops + 1)) ?? declaration;
  }
  if (ts.isNamespaceImport(declaration)) {
    const target = moduleAt(declaration, specifierOf(declaration.parent.parent), modules);
    return target ? wholeOf(target, modules, hops + 1) : declaration;
  }
  if (
    ts.isImportEqualsDeclaration(declaration) &&
    ts.isExternalModuleReference(declaration.moduleReference) &&
    ts.isStringLiteral(declaration.moduleReference.expression)
  ) {
    const target = moduleAt(declaration, declaration.moduleReference.expression.text, modules);
    return target ? wholeOf(target, modules, hops + 1) : declaration;
  }
  return declaration;
}

/** The declaration that holds a value, if one does. */
function ownerOf(value: ts.Expression): ts.Node {
  let node: ts.Node = value;
  while (ts.isParenthesizedExpression(node.parent) || ts.isAsExpression(node.parent) || ts.isSatisfiesExpression(node.parent))
    node = node.parent;
  return ts.isVariableDeclaration(node.parent) ? node.parent : value;
}

export function skipWrapping(node: ts.Node): ts.Node {
  let current = node;
  while (
    ts.isParenthesizedExpression(current) ||
    ts.isAsExpression(current) ||
    ts.isSatisfiesExpression(current) ||
    ts.isNonNullExpression(current) ||
    ts.isAwaitExpression(current)
  )
    current = current.expression;
  return current;
}

function specifierOf(declaration: ts.ImportDeclaration | ts.JSDocImportTag): string | undefined {
  return ts.isStringLiteral(declaration.moduleSpecifier) ? declaration.moduleSpecifier.text : undefined;
}

/** `'./x'` of `require('./x')`. */
export function requiredModule(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'require') return undefined;
  const argument = node.arguments[0];
  return argument && ts.isStringLiteralLike(argument) ? argument.text : undefined;
}

function moduleAt(node: ts.Node, specifier: string | undefined, modules: Modules): ModuleSyntax | undefined {
  if (specifier === undefined) return undefined;
  const path = modules.resolve(node.getSourceFile().fileName, specifier);
  return path === undefined ? undefined : modules.get(path);
}

/** What `require` or `import *` of a module gives: what it assigned to module.exports, else the module as a set of names. */
function wholeOf(module: ModuleSyntax, modules: Modules, hops: number): ts.Node {
  return module.commonJs ? definitionOf(module.commonJs, modules, hops + 1) : module.source;
}

function exportOf(module: ModuleSyntax, name: string, modules: Modules, hops: number): ts.Node | undefined {
  if (hops > MAX_HOPS) return undefined;
  if (name === '*') return wholeOf(module, modules, hops + 1);
  const found = module.exports.get(name);
  if (found && 'node' in found) return definitionOf(found.node, modules, hops + 1);
  if (found) {
    const path = modules.resolve(module.path, found.from);
    const target = path === undefined ? undefined : modules.get(path);
    return target && exportOf(target, found.name, modules, hops + 1);
  }
  if (module.commonJs) {
    const whole = definitionOf(module.commonJs, modules, hops + 1);
    return name === 'default' ? whole : memberOf(whole, name, modules, hops + 1);
  }
  for (const from of module.exportsAll) {
    const path = modules.resolve(module.path, from);
    const target = path === undefined ? undefined : modules.get(path);
    const through = target && name !== 'default' ? exportOf(target, name, modules, hops + 1) : undefined;
    if (through) return through;
  }
  return undefined;
}

/** A property of a module, an object literal, an enum or a class (its static side, or a field of an instance). */
export function memberOf(owner: ts.Node, name: string, modules: Modules, hops = 0): ts.Node | undefined {
  if (hops > MAX_HOPS) return undefined;
  if (ts.isSourceFile(owner)) {
    const module = modules.get(owner.fileName);
    return module && exportOf(module, name, modules, hops + 1);
  }
  if (ts.isObjectLiteralExpression(owner)) {
    for (const property of owner.properties) {
      if (ts.isSpreadAssignment(property)) {
        const spread = memberOf(definitionOf(property.expression, modules, hops + 1), name, modules, hops + 1);
        if (spread) return spread;
      } else if (property.name && nameText(property.name) === name) {
        if (ts.isPropertyAssignment(property)) return definitionOf(property.initializer, modules, hops + 1);
        if (ts.isShorthandPropertyAssignment(property)) return definitionOf(property.name, modules, hops + 1);
        return property;
      }
    }
    return undefined;
  }
  const made = ts.isVariableDeclaration(owner) && owner.initializer ? skipWrapping(owner.initializer) : owner;
  if (ts.isNewExpression(made)) {
    const type = definitionOf(made.expression, modules, hops + 1);
    return type === made.expression ? undefined : memberOf(type, name, modules, hops + 1);
  }
  if (ts.isEnumDeclaration(owner)) return owner.members.find((member) => nameText(member.name) === name);
  if (ts.isClassLike(owner)) return owner.members.find((member) => member.name !== undefined && nameText(member.name) === name);
  return undefined;
}

export function nameText(name: ts.PropertyName | ts.BindingName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name) || ts.isPrivateIdentifier(name)
    ? name.text
    : undefined;
}

/** The declaration that an identifier names, by the scopes around it. */
export function declarationOf(identifier: ts.Identifier): ts.Node | undefined {
  const name = identifier.text;
  const isExportName = ts.isExportSpecifier(identifier.parent);
  for (let scope: ts.Node | undefined = isExportName ? identifier.getSourceFile() : identifier.parent; scope; scope = scope.parent) {
    const found = namesIn(scope).get(name);
    if (found) return found;
  }
  return undefined;
}

const namesByScope = new WeakMap<ts.Node, ReadonlyMap<string, ts.Node>>();
const NOTHING: ReadonlyMap<string, ts.Node> = new Map();

function namesIn(scope: ts.Node): ReadonlyMap<string, ts.Node> {
  const isScope =
    ts.isSourceFile(scope) ||
    ts.isBlock(scope) ||
    ts.isModuleBlock(scope) ||
    ts.isCaseClause(scope) ||
    ts.isFunctionLike(scope) ||
    ts.isForOfStatement(scope);
  if (!isScope) return NOTHING;
  const known = namesByScope.get(scope);
  if (known) return known;
  const names = new Map<string, ts.Node>();
  if (ts.isFunctionLike(scope)) for (const parameter of scope.parameters) bind(parameter, names);
  else if (ts.isForOfStatement(scope)) {
    if (ts.isVariableDeclarationList(scope.initializer)) for (const declaration of scope.initializer.declarations) bind(declaration, names);
  } else for (const statement of scope.statements) bindStatement(statement, names);
  namesByScope.set(scope, names);
  return names;
}

function bindStatement(statement: ts.Statement, names: Map<string, ts.Node>): void {
  if (ts.isVariableStatement(statement)) for (const declaration of statement.declarationList.declarations) bind(declaration, names);
  else if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    if (clause?.name) names.set(clause.name.text, clause);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) names.set(bindings.name.text, bindings);
    else if (bindings) for (const element of bindings.elements) names.set(element.name.text, element);
  } else if (ts.isImportEqualsDeclaration(statement)) names.set(statement.name.text, statement);
  else if (
    (ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)) &&
    statement.name
  )
    names.set(statement.name.text, statement);
}

function bind(declaration: ts.VariableDeclaration | ts.ParameterDeclaration | ts.BindingElement, names: Map<string, ts.Node>): void {
  if (ts.isIdentifier(declaration.name)) names.set(declaration.name.text, declaration);
  else for (const element of declaration.name.elements) if (ts.isBindingElement(element)) bind(element, names);
}
