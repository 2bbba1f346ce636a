import ts from 'typescript';
import { declarationOf, definitionOf, memberOf, nameText, requiredModule, skipWrapping, type Modules } from '../syntax/definitions';
import { lineOf } from '../syntax/module-syntax';
import { lazyModules } from './lazy-modules';
import { findRoute } from './find-route';

/** A piece of code that runs, or may run, when an endpoint is asked. */
export interface ReachedCode {
  /** Project-relative. */
  readonly file: string;
  readonly from: number;
  readonly to: number;
  /** Of the function, class or constant; the endpoint's for its handler. */
  readonly name: string;
  /** Calls between the handler (0) and this. */
  readonly depth: number;
  /** It runs for every request of the handler's file (middleware, guards), not for this one in particular. */
  readonly around: boolean;
  /** A type, of which nothing is left while running. */
  readonly typeOnly: boolean;
}

export interface Reach {
  readonly code: readonly ReachedCode[];
  /** Files that the handler's file imports, directly or through others -> over how many imports. The handler's own is 0. */
  readonly files: ReadonlyMap<string, number>;
}

export interface ReachReader {
  /** Files that this one imports, directly or through others -> over how many imports; itself is 0. */
  imports(file: string): ReadonlyMap<string, number>;
  /** From the handler that begins at this line. Undefined where it cannot be read. `changed`: files in which implementations of interfaces are looked for. */
  from(file: string, line: number, changed?: readonly string[]): Reach | undefined;
  /** From the place in one of `files` that a path such as `/orders/{}` is written at: for services whose framework is not known. */
  fromRoute(method: string, path: string, files: readonly string[]): (Reach & { readonly file: string; readonly line: number }) | undefined;
}

/** Deeper calls are shared by so much that a change there says little of one endpoint. */
const MAX_DEPTH = 6;
const MAX_CODE = 400;
const MAX_FILES = 500;

/**
 * Reads which code an endpoint runs through: calls are followed by their names, through imports, constructors' injected classes and fields; not
 * through values that are only known while running. So what it finds is reached, and what it does not find may be nevertheless.
 * @public Loaded by reach-reader.ts through require, since the compiler comes with it.
 */
export function openReachReader(root: string): ReachReader {
  const modules = lazyModules(root);
  const known = new Map<string, Reach | undefined>();
  return {
    imports: (file) => importedFiles(file, modules),
    from: (file, line, changed = []) => {
      const key = `${file}:${line}`;
      if (!known.has(key)) known.set(key, reachFrom(modules, file, line, changed));
      return known.get(key);
    },
    fromRoute: (method, path, files) => {
      const place = findRoute(modules, method, path, files);
      const reach = place && follow(modules, place.node, `${method} ${path}`, files);
      return place && reach && { ...reach, file: place.node.getSourceFile().fileName, line: lineOf(place.node) };
    },
  };
}

function reachFrom(modules: Modules, file: string, line: number, changed: readonly string[]): Reach | undefined {
  const source = modules.get(file)?.source;
  const start = source && handlerAt(source, line);
  return start && follow(modules, start, startName(start), changed);
}

/** The method or route call whose name stands on the line; else the innermost statement there. */
function handlerAt(source: ts.SourceFile, line: number): ts.Node | undefined {
  let named: ts.Node | undefined;
  let around: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    const from = lineOf(node, source);
    const to = source.getLineAndCharacterOfPosition(node.end).line + 1;
    if (from > line || to < line) return;
    if (ts.isStatement(node) && !ts.isBlock(node)) around = node;
    if (
      (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isPropertyDeclaration(node)) &&
      node.name &&
      lineOf(node.name, source) === line
    )
      named ??= node;
    if (ts.isCallExpression(node)) {
      const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      if (lineOf(name, source) === line && node.arguments.length > 0) named ??= node;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return named ?? around;
}

function startName(node: ts.Node): string {
  return (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isPropertyDeclaration(node)) && node.name
    ? (nameText(node.name as ts.PropertyName) ?? 'handler')
    : 'handler';
}

interface Pending {
  readonly node: ts.Node;
  readonly name: string;
  readonly depth: number;
  readonly around: boolean;
}

function follow(modules: Modules, start: ts.Node, name: string, changed: readonly string[]): Reach {
  const code: ReachedCode[] = [];
  const seen = new Set<ts.Node>();
  const queue: Pending[] = [{ node: start, name, depth: 0, around: false }];
  const source = start.getSourceFile();
  for (const node of runsAround(start, source)) queue.push({ node, name: 'around every request of this file', depth: 1, around: true });
  const abstract: { readonly owner: ts.Node; readonly member: string; readonly depth: number; readonly around: boolean }[] = [];
  let isAround = false;

  const drain = (): void => {
    for (let next = queue.shift(); next && code.length < MAX_CODE; next = queue.shift()) {
      const { node, depth } = next;
      if (seen.has(node)) continue;
      seen.add(node);
      isAround = next.around;
      code.push(place(node, next));
      if (depth >= MAX_DEPTH) continue;
      const parts = ts.isCallExpression(node) && node === start ? node.arguments : [node];
      for (const part of parts) walk(part, node, depth + 1);
    }
  };

  const reached = (target: ts.Node | undefined, targetName: string, within: ts.Node, depth: number): void => {
    if (!target || ts.isSourceFile(target) || inside(target, within) || seen.has(target)) return;
    if (
      ts.isParameter(target) ||
      ts.isBindingElement(target) ||
      ts.isImportSpecifier(target) ||
      ts.isImportClause(target) ||
      ts.isNamespaceImport(target)
    )
      return;
    queue.push({ node: target, name: targetName, depth, around: isAround });
  };

  const walk = (node: ts.Node, within: ts.Node, depth: number): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const member = node.name.text;
      const found = definitionOf(node, modules);
      if (found !== node) return reached(found, member, within, depth);
      const owner = classOf(node.expression, modules);
      const target = owner && memberThrough(owner, member, modules);
      if (target) {
        if (isAbstract(target)) abstract.push({ owner, member, depth, around: isAround });
        reached(target, member, within, depth);
        // What `this.orders.find` leads to is the method; the field that holds it says nothing more.
        if (!ts.isCallExpression(node.expression)) return;
      }
      return walk(node.expression, within, depth);
    }
    if (ts.isTypeReferenceNode(node)) {
      const type = ts.isIdentifier(node.typeName) ? definitionOf(node.typeName, modules) : undefined;
      // A class with methods is a collaborator, of which only what is called counts; one without is the shape of data.
      if (type && type !== node.typeName && !(ts.isClassLike(type) && type.members.some(ts.isMethodDeclaration)))
        reached(type, node.typeName.getText(), within, depth);
      node.typeArguments?.forEach((argument) => walk(argument, within, depth));
      return;
    }
    if (ts.isIdentifier(node)) {
      if (isOnlyName(node)) return;
      const found = definitionOf(node, modules);
      return found === node ? undefined : reached(found, node.text, within, depth);
    }
    ts.forEachChild(node, (child) => walk(child, within, depth));
  };

  drain();
  // Injected by an interface or a token: what implements it in a changed file is taken for what runs.
  for (const file of changed)
    for (const { node, base } of derivedClasses(file, modules))
      for (const { owner, member, depth, around: along } of abstract)
        if (owner === base) {
          const target = memberOf(node, member, modules);
          if (target) queue.push({ node: target, name: member, depth: depth + 1, around: along });
        }
  drain();
  return { code, files: importedFiles(source.fileName, modules) };
}

function place(node: ts.Node, { name, depth, around: isAround }: Pending): ReachedCode {
  const source = node.getSourceFile();
  // A function that a constant holds begins with the constant.
  const whole = ts.isVariableDeclaration(node.parent ?? node) ? node.parent : node;
  const begin =
    ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && depth === 0
      ? lineOf(node.expression.name, source)
      : lineOf(whole, source);
  return {
    file: source.fileName,
    from: begin,
    to: source.getLineAndCharacterOfPosition(whole.end).line + 1,
    name,
    depth,
    around: isAround,
    typeOnly: ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isTypeElement(node),
  };
}

/** What runs for each request of the handler's file: `router.use(...)` at its top, decorators of the controller. */
function runsAround(start: ts.Node, source: ts.SourceFile): ts.Node[] {
  const uses = source.statements.filter(
    (statement) =>
      ts.isExpressionStatement(statement) &&
      ts.isCallExpression(statement.expression) &&
      ts.isPropertyAccessExpression(statement.expression.expression) &&
      statement.expression.expression.name.text === 'use',
  );
  const owner = start.parent;
  return [...uses, ...(owner && ts.isClassDeclaration(owner) ? (ts.getDecorators(owner) ?? []) : [])];
}

function inside(node: ts.Node, outer: ts.Node): boolean {
  return node.getSourceFile() === outer.getSourceFile() && node.pos >= outer.pos && node.end <= outer.end;
}

/** A name that declares or labels something, and is no use of it. */
function isOnlyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (
    ts.isPropertyAssignment(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent)
  )
    return parent.name === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isFunctionDeclaration(parent) || ts.isClassDeclaration(parent))
    return parent.name === node;
  return ts.isBindingElement(parent) || ts.isJsxAttribute(parent);
}

/** The class whose instance an expression is: by annotation, by `new`, by the constructor's parameter that made the field. */
function classOf(given: ts.Expression, modules: Modules): ts.ClassLikeDeclaration | ts.InterfaceDeclaration | undefined {
  const expression = skipWrapping(given);
  if (expression.kind === ts.SyntaxKind.ThisKeyword) {
    for (let node: ts.Node = expression; node; node = node.parent) if (ts.isClassLike(node)) return node;
    return undefined;
  }
  if (ts.isNewExpression(expression)) return asClass(definitionOf(expression.expression, modules));
  if (ts.isIdentifier(expression)) {
    const declaration = declarationOf(expression);
    return declaration && classOfDeclaration(declaration, modules);
  }
  if (ts.isPropertyAccessExpression(expression)) {
    const owner = classOf(expression.expression, modules);
    const member = owner && (memberThrough(owner, expression.name.text, modules) ?? parameterProperty(owner, expression.name.text));
    return member && classOfDeclaration(member, modules);
  }
  return undefined;
}

function classOfDeclaration(declaration: ts.Node, modules: Modules): ts.ClassLikeDeclaration | ts.InterfaceDeclaration | undefined {
  if (
    !(
      ts.isParameter(declaration) ||
      ts.isPropertyDeclaration(declaration) ||
      ts.isVariableDeclaration(declaration) ||
      ts.isPropertySignature(declaration)
    )
  )
    return undefined;
  const { type } = declaration;
  if (type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)) return asClass(definitionOf(type.typeName, modules));
  const initializer = ts.isPropertySignature(declaration) ? undefined : declaration.initializer;
  return initializer && !type && ts.isNewExpression(skipWrapping(initializer)) ? classOf(initializer, modules) : undefined;
}

function asClass(node: ts.Node): ts.ClassLikeDeclaration | ts.InterfaceDeclaration | undefined {
  return ts.isClassLike(node) || ts.isInterfaceDeclaration(node) ? node : undefined;
}

/** Its own member, or that of a class it extends. */
function memberThrough(owner: ts.ClassLikeDeclaration | ts.InterfaceDeclaration, name: string, modules: Modules): ts.Node | undefined {
  let type: ts.ClassLikeDeclaration | ts.InterfaceDeclaration | undefined = owner;
  for (let hops = 0; type && hops < MAX_DEPTH; hops++) {
    const own: ts.Node | undefined = ts.isInterfaceDeclaration(type)
      ? type.members.find((member) => member.name !== undefined && nameText(member.name) === name)
      : memberOf(type, name, modules);
    if (own) return own;
    const base: ts.Expression | undefined = type.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
      ?.expression;
    type = base && asClass(definitionOf(base, modules));
  }
  return undefined;
}

function parameterProperty(owner: ts.ClassLikeDeclaration | ts.InterfaceDeclaration, name: string): ts.ParameterDeclaration | undefined {
  if (ts.isInterfaceDeclaration(owner)) return undefined;
  const constructor = owner.members.find(ts.isConstructorDeclaration);
  return constructor?.parameters.find((parameter) => ts.isIdentifier(parameter.name) && parameter.name.text === name);
}

function isAbstract(member: ts.Node): boolean {
  return ts.isMethodSignature(member) || ts.isPropertySignature(member) || (ts.isMethodDeclaration(member) && !member.body);
}

function derivedClasses(file: string, modules: Modules): { readonly node: ts.ClassDeclaration; readonly base: ts.Node }[] {
  const classes = modules.get(file)?.source.statements.filter(ts.isClassDeclaration) ?? [];
  return classes.flatMap((node) =>
    (node.heritageClauses ?? []).flatMap(({ types }) => types.map(({ expression }) => ({ node, base: definitionOf(expression, modules) }))),
  );
}

function importedFiles(start: string, modules: Modules): Map<string, number> {
  const found = new Map([[start, 0]]);
  const queue = [start];
  for (let file = queue.shift(); file !== undefined && found.size < MAX_FILES; file = queue.shift()) {
    const distance = (found.get(file) ?? 0) + 1;
    for (const specifier of specifiersOf(modules.get(file)?.source)) {
      const path = modules.resolve(file, specifier);
      if (path === undefined || found.has(path)) continue;
      found.set(path, distance);
      queue.push(path);
    }
  }
  return found;
}

function specifiersOf(source: ts.SourceFile | undefined): string[] {
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier))
      specifiers.push(node.moduleSpecifier.text);
    const required = requiredModule(node);
    if (required !== undefined) specifiers.push(required);
    ts.forEachChild(node, visit);
  };
  if (source) visit(source);
  return specifiers;
}
