import type { Dto, Endpoint } from '@testimony/contracts';
import ts from 'typescript';
import { byText, joinPath, pathParameters, templatePath } from '../route-path';
import { foldText, UNKNOWN } from '../syntax/constants';
import { definitionOf, skipWrapping, type Modules } from '../syntax/definitions';
import { lineOf, type ModuleSyntax } from '../syntax/module-syntax';
import { asksForLogin, dottedName, takesRoles, walk } from '../syntax/names';
import { rolesIn } from '../syntax/roles';
import { readRequest } from './read-body';
import { functionOf, inTurn, isRouterParameter, routerOf, turnsAround, type Turn } from './routers';

const VERBS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all']);
/** Routers mounted inside each other deeper than this, or endpoints beyond this many, come of a circle. */
const MAX_MOUNTS = 20;
const MAX_ENDPOINTS = 20_000;

interface Access {
  readonly required: boolean;
  readonly roles: readonly string[];
}

type Step =
  | {
      readonly kind: 'route';
      readonly method: string;
      readonly path: string;
      readonly access: Access;
      readonly call: ts.CallExpression;
      readonly middleware: readonly ts.Expression[];
      readonly handler?: ts.Expression;
    }
  | { readonly kind: 'mount'; readonly path: string; readonly child: ts.Node; readonly access: Access }
  | { readonly kind: 'wall'; readonly path: string; readonly access: Access };

/** Reads the routes of an Express service: each router's, with the prefixes under which routers are mounted, also across files. */
export function readExpress(sources: readonly ModuleSyntax[], modules: Modules): { readonly endpoints: Endpoint[]; readonly dtos: Dto[] } {
  const steps = new Map<ts.Node, { readonly at: number; readonly step: Step }[]>();
  const mounted = new Set<ts.Node>();
  const record = (router: ts.Node, place: ts.Node, step: Step): void => {
    const list = steps.get(router) ?? [];
    list.push({ at: place.getEnd(), step });
    steps.set(router, list);
    if (step.kind === 'mount') mounted.add(step.child);
  };
  for (const { source } of sources)
    walk(source, (node) => {
      if (ts.isCallExpression(node)) readCall(node, modules, record);
    });
  const endpoints: Endpoint[] = [];
  const dtos = new Map<string, Dto>();
  for (const router of steps.keys())
    if (!mounted.has(router)) expand(router, '', { required: false, roles: [] }, [], { steps, modules, endpoints, dtos });
  return { endpoints, dtos: [...dtos.values()] };
}

type RecordStep = (router: ts.Node, place: ts.Node, step: Step) => void;

function readCall(call: ts.CallExpression, modules: Modules, record: RecordStep): void {
  handOver(call, modules, record);
  if (!ts.isPropertyAccessExpression(call.expression)) return;
  const verb = call.expression.name.text;
  if (verb !== 'use' && !VERBS.has(verb)) return;
  for (const turn of turnsAround(call, modules)) readUse(call, call.expression, turn, modules, record);
}

function readUse(call: ts.CallExpression, callee: ts.PropertyAccessExpression, turn: Turn, modules: Modules, record: RecordStep): void {
  const verb = callee.name.text;
  const { holder, route } = receiverOf(callee.expression);
  const args = call.arguments.map((argument) => inTurn(argument, turn, modules));
  if (verb !== 'use') {
    // `app.get('title')` reads a setting.
    if (!route && args.length < 2) return;
    const paths = route ? pathsOf(route, modules) : args[0] ? pathsOf(args[0], modules) : [];
    const router = paths.length > 0 ? routerOf(holder, modules) : undefined;
    if (!router) return;
    const stages = (route ? args : args.slice(1)).flatMap((argument) => flattened(argument, modules));
    const handler = stages.at(-1);
    const middleware = stages.slice(0, -1);
    const access = accessOf(middleware, modules);
    for (const path of paths)
      record(router, callee.name, {
        kind: 'route',
        method: verb.toUpperCase(),
        path,
        access,
        call,
        middleware,
        ...(handler && { handler }),
      });
    return;
  }
  const router = routerOf(holder, modules);
  const [first] = args;
  if (!router || !first) return;
  const paths = isPath(first, modules) ? pathsOf(first, modules) : [];
  const stages = (paths.length > 0 ? args.slice(1) : args).flatMap((argument) => flattened(argument, modules));
  const children = stages.flatMap((stage) => routerOf(stage, modules) ?? []);
  const access = accessOf(
    stages.filter((stage) => routerOf(stage, modules) === undefined),
    modules,
  );
  for (const path of paths.length > 0 ? paths : ['']) {
    for (const child of children) if (child !== router) record(router, callee.name, { kind: 'mount', path, child, access });
    if (children.length === 0 && access.required) record(router, callee.name, { kind: 'wall', path, access });
  }
}

/** `registerRoutes(app)`: what the function adds to its parameter is added to `app`. */
function handOver(call: ts.CallExpression, modules: Modules, record: RecordStep): void {
  if (call.arguments.length === 0 || call.arguments.length > 8) return;
  const candidates = call.arguments.some((argument) => ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument));
  const receiver = candidates ? functionOf(call.expression, modules) : undefined;
  receiver?.parameters.forEach((parameter, at) => {
    const argument = call.arguments[at];
    const router = argument && isRouterParameter(parameter) ? routerOf(argument, modules) : undefined;
    if (router && router !== parameter)
      record(router, call, { kind: 'mount', path: '', child: parameter, access: { required: false, roles: [] } });
  });
}

/** What a chain of calls is made on: `router` of `router.route('/x').get(a)`, with the path of `route`. */
function receiverOf(node: ts.Expression): { readonly holder: ts.Expression; readonly route?: ts.Expression } {
  let current: ts.Expression = node;
  let route: ts.Expression | undefined;
  while (ts.isCallExpression(current) && ts.isPropertyAccessExpression(current.expression)) {
    const name = current.expression.name.text;
    if (name === 'route') route = current.arguments[0];
    else if (!VERBS.has(name) && name !== 'use') break;
    current = current.expression.expression;
  }
  return route ? { holder: current, route } : { holder: current };
}

function isPath(node: ts.Expression, modules: Modules): boolean {
  const target = skipWrapping(definitionOf(node, modules));
  if (ts.isArrayLiteralExpression(target)) return target.elements[0] !== undefined && isPath(target.elements[0], modules);
  return ts.isRegularExpressionLiteral(target) || foldText(node, modules) !== UNKNOWN;
}

function pathsOf(node: ts.Expression, modules: Modules): string[] {
  const target = definitionOf(node, modules);
  if (ts.isArrayLiteralExpression(target)) return target.elements.flatMap((element) => pathsOf(element, modules));
  // A regular expression matches more than one path: it is kept as a parameter that can be anything.
  if (ts.isRegularExpressionLiteral(target)) return ['/{pattern}'];
  const text = foldText(node, modules);
  return text === UNKNOWN ? [] : [templatePath(text.replaceAll(UNKNOWN, ':unknown'))];
}

function flattened(node: ts.Expression, modules: Modules): ts.Expression[] {
  const inner = ts.isSpreadElement(node) ? node.expression : node;
  const target = definitionOf(inner, modules);
  return ts.isArrayLiteralExpression(target) ? [...target.elements] : [inner];
}

function accessOf(middleware: readonly ts.Expression[], modules: Modules): Access {
  const walls = middleware.filter((stage) => asksForLogin(dottedName(skipWrapping(stage))));
  const roles = walls.flatMap((stage) => {
    const call = skipWrapping(stage);
    return ts.isCallExpression(call) && takesRoles(dottedName(call)) && !/passport|jwt/i.test(dottedName(call))
      ? rolesIn(call.arguments, modules)
      : [];
  });
  return { required: walls.length > 0, roles };
}

interface Expansion {
  readonly steps: ReadonlyMap<ts.Node, readonly { readonly at: number; readonly step: Step }[]>;
  readonly modules: Modules;
  readonly endpoints: Endpoint[];
  readonly dtos: Map<string, Dto>;
}

function expand(router: ts.Node, prefix: string, access: Access, above: readonly ts.Node[], into: Expansion): void {
  if (above.includes(router) || above.length > MAX_MOUNTS) return;
  const own = [...(into.steps.get(router) ?? [])].sort((a, b) => a.at - b.at);
  const walls: Extract<Step, { kind: 'wall' }>[] = [];
  for (const { step } of own) {
    if (into.endpoints.length >= MAX_ENDPOINTS) return;
    if (step.kind === 'wall') {
      walls.push(step);
      continue;
    }
    const before = walls.filter(
      (wall) => wall.path === '' || `${joinPath(step.path)}/`.startsWith(`${joinPath(wall.path)}/`) || joinPath(wall.path) === '/',
    );
    const total = together([access, ...before.map((wall) => wall.access), step.access]);
    if (step.kind === 'mount') expand(step.child, joinPath(prefix, step.path), total, [...above, router], into);
    else into.endpoints.push(endpointOf(step, prefix, total, into));
  }
}

function together(list: readonly Access[]): Access {
  return { required: list.some((access) => access.required), roles: [...new Set(list.flatMap((access) => access.roles))].sort(byText) };
}

function endpointOf(step: Extract<Step, { kind: 'route' }>, prefix: string, access: Access, into: Expansion): Endpoint {
  const full = joinPath(prefix, step.path);
  const handler = step.handler && handlerName(step.handler);
  const name = handler || `${step.method} ${full}`;
  const shape = readRequest(step.middleware, step.handler, into.modules);
  const dto = shape.body.length > 0 ? dtoFor(name, step, shape.body, into) : null;
  return {
    name,
    method: step.method,
    path: joinPath(step.path),
    full_path: full,
    parameters: [
      ...pathParameters(full).map((parameter) => ({
        name: parameter,
        param_type: 'string',
        location: 'path' as const,
        required: true,
        dto_schema: null,
      })),
      ...shape.query.map((field) => ({
        name: field.name,
        param_type: field.field_type,
        location: 'query' as const,
        required: field.required,
        dto_schema: null,
      })),
      ...(dto === null
        ? []
        : [
            {
              name: 'body',
              param_type: dto,
              location: 'body' as const,
              required: shape.body.some((field) => field.required),
              dto_schema: dto,
            },
          ]),
    ],
    request_dto: dto,
    response_dto: null,
    requires_auth: access.required,
    auth_roles: [...access.roles],
    file_path: step.call.getSourceFile().fileName,
    line_number: lineOf(ts.isPropertyAccessExpression(step.call.expression) ? step.call.expression.name : step.call),
    description: commentOn(step.call),
    tags: [],
  };
}

function dtoFor(name: string, step: Extract<Step, { kind: 'route' }>, fields: Dto['fields'], into: Expansion): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const dto = `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Body`;
  if (!into.dtos.has(dto))
    into.dtos.set(dto, { name: dto, fields: [...fields], file_path: step.call.getSourceFile().fileName, line_number: lineOf(step.call) });
  return dto;
}

function handlerName(node: ts.Expression): string {
  const inner = skipWrapping(node);
  if (ts.isIdentifier(inner) || ts.isPropertyAccessExpression(inner)) return dottedName(inner).replace(/^this\./, '');
  if (!ts.isCallExpression(inner)) return '';
  if (ts.isPropertyAccessExpression(inner.expression) && inner.expression.name.text === 'bind')
    return handlerName(inner.expression.expression);
  const last = inner.arguments.at(-1);
  return last ? handlerName(last) : '';
}

/** The sentence written above a route. */
function commentOn(call: ts.CallExpression): string | null {
  let statement: ts.Node = call;
  while (statement.parent && !ts.isExpressionStatement(statement)) statement = statement.parent;
  const comment = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc)?.comment;
  const text = typeof comment === 'string' ? comment : ts.getTextOfJSDocComment(comment);
  return text?.split('\n\n')[0]?.replace(/\s+/g, ' ').trim() || null;
}
