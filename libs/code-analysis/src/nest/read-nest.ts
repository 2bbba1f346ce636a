import type { Dto, Endpoint, Parameter } from '@testimony/contracts';
import ts from 'typescript';
import { byText, joinPath, namelessPath, pathParameters, templatePath } from '../route-path';
import { constantText } from '../syntax/constants';
import { definitionOf, nameText, type Modules } from '../syntax/definitions';
import { lineOf, type ModuleSyntax } from '../syntax/module-syntax';
import { asksForLogin, dottedName, takesRoles } from '../syntax/names';
import { rolesIn } from '../syntax/roles';
import { readApplication, versionsIn, type Application } from './application';
import { decoratorsOf, optionOf, type Decorator } from './decorators';
import { looksLikeDto, readDto, shapeOf } from './read-dto';

const METHODS: Readonly<Record<string, string>> = {
  Get: 'GET',
  Post: 'POST',
  Put: 'PUT',
  Patch: 'PATCH',
  Delete: 'DELETE',
  Head: 'HEAD',
  Options: 'OPTIONS',
  All: 'ALL',
  Sse: 'GET',
};
const PLACES: Readonly<Record<string, Parameter['location']>> = { Param: 'path', Query: 'query', Headers: 'header', Body: 'body' };
/** Endpoints that a guard in front of everything lets through. */
const OPEN = /^(Is)?Public|^Skip(Jwt)?Auth|^(Allow)?Anonymous|^NoAuth|^Unprotected|^AllowUnauth/;
/** Only documents a login; in practice written where there is one. */
const DOCUMENTS_LOGIN = /^Api(BearerAuth|OAuth2|BasicAuth|CookieAuth|Security)$/;
const DECLARES_LOGIN = /^(Auth|Authenticated|Authorized?|Authorize|RequireAuth|RequireLogin|LoginRequired|JwtAuth)$/;

/** Reads the controllers and DTOs of a Nest service. `sources` are its parsed files. */
export function readNest(sources: readonly ModuleSyntax[], modules: Modules): { readonly endpoints: Endpoint[]; readonly dtos: Dto[] } {
  const application = readApplication(sources, modules);
  const dtos = new Map<string, Dto>();
  const endpoints: Endpoint[] = [];
  for (const { source } of sources)
    for (const statement of source.statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      const controller = decoratorsOf(statement).find(({ name }) => name === 'Controller');
      if (controller) endpoints.push(...readController(statement, controller, application, modules, dtos));
      else if (looksLikeDto(statement)) keepDto(statement, modules, dtos);
    }
  return { endpoints, dtos: [...dtos.values()] };
}

function readController(
  node: ts.ClassDeclaration,
  controller: Decorator,
  application: Application,
  modules: Modules,
  dtos: Map<string, Dto>,
): Endpoint[] {
  const [first] = controller.arguments;
  const given = first && definitionOf(first, modules);
  const options = given && ts.isObjectLiteralExpression(given) ? given : undefined;
  const prefixes = pathsIn(options ? optionOf(options, 'path') : first, modules);
  const ownDecorators = decoratorsOf(node);
  const version = optionOf(options, 'version') ?? ownDecorators.find(({ name }) => name === 'Version')?.arguments[0];
  const methods = methodsOf(node, modules, 0);
  return methods.flatMap((method) => {
    const decorators = decoratorsOf(method);
    return decorators.flatMap((route) => {
      const httpMethod = METHODS[route.name];
      if (httpMethod === undefined) return [];
      const methodVersion = decorators.find(({ name }) => name === 'Version')?.arguments[0] ?? version;
      const versions = versionPieces(application, methodVersion, modules);
      const access = accessOf(ownDecorators, decorators, application, modules);
      return prefixes.flatMap((prefix) =>
        pathsIn(route.arguments[0], modules).flatMap((path) =>
          versions.map((piece): Endpoint => {
            const local = joinPath(application.modulePaths.get(node) ?? '', templatePath(prefix), templatePath(path));
            const global = isExcluded(local, application) ? '' : templatePath(application.prefix);
            const full = joinPath(global, piece, local);
            const body = bodyOf(method, modules);
            const bodyDto = body?.dto_schema ?? null;
            const parameters = parametersOf(method, modules, dtos, full);
            return {
              name: `${node.name?.text ?? 'Controller'}.${nameText(method.name) ?? 'handler'}`,
              method: httpMethod,
              path: joinPath(templatePath(path)),
              full_path: full,
              parameters,
              request_dto: bodyDto,
              response_dto: responseOf(method, decorators, modules, dtos),
              requires_auth: access.required,
              auth_roles: access.roles,
              file_path: method.getSourceFile().fileName,
              line_number: lineOf(method.name),
              description: descriptionOf(method, decorators, modules),
              tags: [...ownDecorators, ...decorators]
                .filter(({ name }) => name === 'ApiTags')
                .flatMap(({ arguments: args }) => args.flatMap((tag) => constantText(tag, modules) ?? [])),
            };
          }),
        ),
      );
    });
  });
}

/** Own methods, then those of the classes it extends. */
function methodsOf(node: ts.ClassLikeDeclaration, modules: Modules, depth: number): ts.MethodDeclaration[] {
  const own = node.members.filter(ts.isMethodDeclaration);
  const extended = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const base = extended && depth < 10 ? definitionOf(extended.expression, modules) : undefined;
  if (!base || !ts.isClassLike(base)) return own;
  const names = new Set(own.map((method) => nameText(method.name)));
  return [...own, ...methodsOf(base, modules, depth + 1).filter((method) => !names.has(nameText(method.name)))];
}

/** A path argument: a text, a list of them, or none (which is the path above). */
function pathsIn(argument: ts.Expression | undefined, modules: Modules): string[] {
  if (!argument) return [''];
  const target = definitionOf(argument, modules);
  if (ts.isArrayLiteralExpression(target)) return target.elements.flatMap((element) => pathsIn(element, modules));
  if (ts.isObjectLiteralExpression(target)) return [''];
  return [constantText(argument, modules) ?? '{unknown}'];
}

function versionPieces(application: Application, version: ts.Expression | undefined, modules: Modules): string[] {
  const { versioning } = application;
  if (!versioning) return [''];
  const versions = version ? versionsIn(version, modules) : versioning.defaultVersions;
  return versions.length === 0 ? [''] : versions.map((each) => (each === '' ? '' : versioning.prefix + each));
}

function isExcluded(path: string, application: Application): boolean {
  return application.excluded.some((excluded) => namelessPath(joinPath(templatePath(excluded))) === namelessPath(path));
}

function accessOf(
  own: readonly Decorator[],
  method: readonly Decorator[],
  application: Application,
  modules: Modules,
): { readonly required: boolean; readonly roles: string[] } {
  const all = [...own, ...method];
  const guards = all.filter(({ name }) => name === 'UseGuards').flatMap(({ arguments: args }) => args.map(dottedName));
  const roles = all
    .filter(({ name }) => !name.startsWith('Api') && /role|permission|^auth|scope/i.test(name) && takesRoles(name) && !OPEN.test(name))
    .flatMap(({ arguments: args }) => rolesIn(args, modules));
  const open =
    method.some(({ name }) => OPEN.test(name)) ||
    (own.some(({ name }) => OPEN.test(name)) && !method.some(({ name }) => name === 'UseGuards'));
  const asked =
    application.guarded ||
    roles.length > 0 ||
    guards.some((name) => asksForLogin(name)) ||
    all.some(({ name }) => DOCUMENTS_LOGIN.test(name) || DECLARES_LOGIN.test(name));
  return { required: asked && !open, roles: open ? [] : [...new Set(roles)].sort(byText) };
}

function parametersOf(method: ts.MethodDeclaration, modules: Modules, dtos: Map<string, Dto>, fullPath: string): Parameter[] {
  const parameters = method.parameters.flatMap((parameter) => {
    const read = readParameter(parameter, modules);
    const shape = parameter.type && shapeOfType(parameter.type, modules);
    if (read && shape) keepDto(shape, modules, dtos);
    return read ? [read] : [];
  });
  const named = new Set(parameters.filter(({ location }) => location === 'path').map(({ name }) => name));
  const whole = parameters.some(({ location, dto_schema }) => location === 'path' && dto_schema !== null);
  const rest = whole ? [] : pathParameters(fullPath).filter((name) => !named.has(name));
  return [
    ...parameters,
    ...rest.map((name): Parameter => ({ name, param_type: 'string', location: 'path', required: true, dto_schema: null })),
  ];
}

function readParameter(parameter: ts.ParameterDeclaration, modules: Modules): Parameter | undefined {
  for (const { name, arguments: args } of decoratorsOf(parameter)) {
    const location = PLACES[name];
    if (!location) continue;
    const [first] = args;
    const key = first && ts.isStringLiteralLike(first) ? first.text : undefined;
    const type = parameter.type?.getText().replace(/\s+/g, ' ') ?? 'any';
    const optionalPipe = args.some((pipe) => {
      const pipeName = dottedName(pipe);
      const isOptional = ts.isNewExpression(pipe) && optionOf(pipe.arguments?.[0], 'optional')?.kind === ts.SyntaxKind.TrueKeyword;
      return pipeName === 'DefaultValuePipe' || isOptional;
    });
    return {
      name: key ?? nameText(parameter.name) ?? location,
      param_type: type,
      location,
      required: location === 'path' || (!parameter.questionToken && !parameter.initializer && !optionalPipe && !/\bundefined\b/.test(type)),
      dto_schema: parameter.type && shapeOfType(parameter.type, modules) ? referenceName(parameter.type) : null,
    };
  }
  return undefined;
}

function bodyOf(method: ts.MethodDeclaration, modules: Modules): Parameter | undefined {
  return method.parameters
    .map((parameter) => readParameter(parameter, modules))
    .find((read) => read?.location === 'body' && read.dto_schema !== null);
}

function responseOf(
  method: ts.MethodDeclaration,
  decorators: readonly Decorator[],
  modules: Modules,
  dtos: Map<string, Dto>,
): string | null {
  for (const { name, arguments: args } of decorators) {
    if (!/^Api(Ok|Created|Accepted|Default)?Response$/.test(name)) continue;
    const status = optionOf(args[0], 'status');
    if (status && !/^(2|HttpStatus\.(OK|CREATED|ACCEPTED))/.test(status.getText())) continue;
    const type = optionOf(args[0], 'type');
    const list = type && ts.isArrayLiteralExpression(type);
    const element = list ? type.elements[0] : type;
    const shape = element && shapeOf(element, modules);
    if (!element || !shape) continue;
    keepDto(shape, modules, dtos);
    return dottedName(element) + (list || optionOf(args[0], 'isArray')?.kind === ts.SyntaxKind.TrueKeyword ? '[]' : '');
  }
  const type = method.type && unwrapped(method.type);
  const shape = type && shapeOfType(type, modules);
  if (!type || !shape) return null;
  keepDto(shape, modules, dtos);
  return referenceName(type);
}

/** `Promise<X>` and `Observable<X>` answer with X. */
function unwrapped(type: ts.TypeNode): ts.TypeNode {
  if (
    ts.isTypeReferenceNode(type) &&
    ts.isIdentifier(type.typeName) &&
    /^(Promise|Observable)$/.test(type.typeName.text) &&
    type.typeArguments?.[0]
  )
    return type.typeArguments[0];
  return type;
}

/** The class or interface that a type names: of `X`, `X[]`, `Array<X>`, `Partial<X>`, `X | null`. */
function shapeOfType(type: ts.TypeNode, modules: Modules): ReturnType<typeof shapeOf> {
  if (ts.isArrayTypeNode(type)) return shapeOfType(type.elementType, modules);
  if (ts.isParenthesizedTypeNode(type)) return shapeOfType(type.type, modules);
  if (ts.isUnionTypeNode(type)) return type.types.map((each) => shapeOfType(each, modules)).find((shape) => shape !== undefined);
  if (!ts.isTypeReferenceNode(type)) return undefined;
  return shapeOf(type.typeName, modules) ?? (type.typeArguments?.[0] && shapeOfType(type.typeArguments[0], modules));
}

function referenceName(type: ts.TypeNode): string {
  if (ts.isArrayTypeNode(type)) return `${referenceName(type.elementType)}[]`;
  if (ts.isParenthesizedTypeNode(type)) return referenceName(type.type);
  if (ts.isUnionTypeNode(type)) return type.types.filter(ts.isTypeReferenceNode).map(referenceName)[0] ?? type.getText();
  if (!ts.isTypeReferenceNode(type)) return type.getText();
  const name = type.typeName.getText();
  const [inner] = type.typeArguments ?? [];
  if (name === 'Array' && inner) return `${referenceName(inner)}[]`;
  return inner && /^(Partial|Required|Readonly)$/.test(name) ? referenceName(inner) : name;
}

/** Keeps a DTO and those that its fields name. */
function keepDto(shape: NonNullable<ReturnType<typeof shapeOf>>, modules: Modules, dtos: Map<string, Dto>): void {
  const name = shape.name?.text;
  if (name === undefined || dtos.has(name)) return;
  dtos.set(name, readDto(shape, modules));
  const members = ts.isTypeAliasDeclaration(shape) ? [] : shape.members;
  for (const member of members) {
    const type = (ts.isPropertyDeclaration(member) || ts.isPropertySignature(member)) && member.type;
    const inner = type && shapeOfType(type, modules);
    if (inner) keepDto(inner, modules, dtos);
  }
}

function descriptionOf(method: ts.MethodDeclaration, decorators: readonly Decorator[], modules: Modules): string | null {
  const operation = decorators.find(({ name }) => name === 'ApiOperation')?.arguments[0];
  const written = optionOf(operation, 'summary') ?? optionOf(operation, 'description');
  const text = written && constantText(written, modules);
  if (text !== undefined && text !== '') return text;
  const comment = ts.getJSDocCommentsAndTags(method).find(ts.isJSDoc)?.comment;
  return (typeof comment === 'string' ? comment : ts.getTextOfJSDocComment(comment))?.split('\n\n')[0]?.replace(/\s+/g, ' ').trim() || null;
}
