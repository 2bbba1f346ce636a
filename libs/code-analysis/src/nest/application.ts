import ts from 'typescript';
import { constantText } from '../syntax/constants';
import { definitionOf, skipWrapping, type Modules } from '../syntax/definitions';
import type { ModuleSyntax } from '../syntax/module-syntax';
import { asksForLogin, dottedName, walk } from '../syntax/names';
import { decoratorsOf, optionOf } from './decorators';

/** What is said once for a whole Nest application. */
export interface Application {
  readonly prefix: string;
  /** Paths that the prefix leaves alone. */
  readonly excluded: readonly string[];
  /** Set when versions are part of the path. */
  readonly versioning?: { readonly prefix: string; readonly defaultVersions: readonly string[] };
  /** A guard that stands before every endpoint. */
  readonly guarded: boolean;
  /** Prefixes by controller class, from RouterModule. */
  readonly modulePaths: ReadonlyMap<ts.Node, string>;
}

export function readApplication(sources: readonly ModuleSyntax[], modules: Modules): Application {
  let prefix = '';
  let excluded: string[] = [];
  let versioning: Application['versioning'];
  let guarded = false;
  const modulePaths = new Map<ts.Node, string>();
  for (const { source } of sources)
    walk(source, (node) => {
      if (ts.isObjectLiteralExpression(node) && isGlobalGuard(node)) guarded = true;
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      const called = node.expression.name.text;
      const [first, second] = node.arguments;
      if (called === 'setGlobalPrefix' && first) {
        prefix = constantText(first, modules) ?? prefix;
        const list = optionOf(second, 'exclude');
        const target = list && definitionOf(list, modules);
        if (target && ts.isArrayLiteralExpression(target))
          excluded = target.elements.flatMap((element) => constantText(optionOf(element, 'path') ?? element, modules) ?? []);
      } else if (called === 'enableVersioning') versioning = readVersioning(first, modules) ?? versioning;
      else if (called === 'useGlobalGuards') guarded ||= node.arguments.some((guard) => asksForLogin(dottedName(skipWrapping(guard))));
      else if (
        called === 'register' &&
        ts.isIdentifier(node.expression.expression) &&
        node.expression.expression.text === 'RouterModule' &&
        first
      )
        readRoutes(first, '', modules, modulePaths, 0);
    });
  return { prefix, excluded, ...(versioning && { versioning }), guarded, modulePaths };
}

/** `{ provide: APP_GUARD, useClass: JwtAuthGuard }` */
function isGlobalGuard(node: ts.ObjectLiteralExpression): boolean {
  const provided = optionOf(node, 'provide');
  const by = optionOf(node, 'useClass') ?? optionOf(node, 'useExisting') ?? optionOf(node, 'useValue');
  return provided !== undefined && dottedName(provided) === 'APP_GUARD' && by !== undefined && asksForLogin(dottedName(by));
}

/** Only versions in the path can be told apart by path; the other kinds leave it as it is. */
function readVersioning(options: ts.Expression | undefined, modules: Modules): Application['versioning'] {
  const type = optionOf(options, 'type');
  if (type && !dottedName(type).endsWith('URI')) return undefined;
  const prefix = optionOf(options, 'prefix');
  const versions = optionOf(options, 'defaultVersion');
  return {
    prefix: !prefix ? 'v' : prefix.kind === ts.SyntaxKind.FalseKeyword ? '' : (constantText(prefix, modules) ?? 'v'),
    defaultVersions: versions ? versionsIn(versions, modules) : [],
  };
}

/** `'1'`, `['1', '2']`; VERSION_NEUTRAL is a version without a piece of path. */
export function versionsIn(node: ts.Expression, modules: Modules): string[] {
  const target = definitionOf(node, modules);
  if (ts.isArrayLiteralExpression(target)) return target.elements.flatMap((element) => versionsIn(element, modules));
  if (dottedName(node) === 'VERSION_NEUTRAL') return [''];
  const text = constantText(node, modules);
  return text === undefined ? [] : [text];
}

function readRoutes(list: ts.Expression, above: string, modules: Modules, paths: Map<ts.Node, string>, depth: number): void {
  const target = definitionOf(list, modules);
  if (!ts.isArrayLiteralExpression(target) || depth > 10) return;
  for (const element of target.elements) {
    const route = definitionOf(element, modules);
    if (!ts.isExpression(route)) continue;
    const own = optionOf(route, 'path');
    const path = `${above}/${(own && constantText(own, modules)) ?? ''}`;
    const module = optionOf(route, 'module');
    if (module) for (const controller of controllersOf(module, modules)) paths.set(controller, path);
    const children = optionOf(route, 'children');
    if (!children) continue;
    readRoutes(children, path, modules, paths, depth + 1);
    const listed = definitionOf(children, modules);
    // A child may be a module alone.
    if (ts.isArrayLiteralExpression(listed))
      for (const child of listed.elements)
        if (ts.isIdentifier(child)) for (const controller of controllersOf(child, modules)) paths.set(controller, path);
  }
}

function controllersOf(module: ts.Expression, modules: Modules): ts.Node[] {
  const target = definitionOf(module, modules);
  const list = decoratorsOf(target)
    .filter(({ name }) => name === 'Module')
    .map(({ arguments: args }) => optionOf(args[0], 'controllers'))
    .find((controllers) => controllers !== undefined);
  const controllers = list && definitionOf(list, modules);
  return controllers && ts.isArrayLiteralExpression(controllers)
    ? controllers.elements.map((element) => definitionOf(element, modules))
    : [];
}
