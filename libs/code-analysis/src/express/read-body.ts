import type { Dto } from '@testimony/contracts';
import ts from 'typescript';
import { foldText, literalValue } from '../syntax/constants';
import { definitionOf, nameText, skipWrapping, type Modules } from '../syntax/definitions';
import { dottedName, walk } from '../syntax/names';
import { functionOf } from './routers';

type Field = Dto['fields'][number];

export interface RequestShape {
  readonly body: Field[];
  readonly query: Field[];
}

/** What an Express handler and the validators before it say of the request: schemas of zod and Joi, chains of express-validator, and fields that the handler reads. */
export function readRequest(middleware: readonly ts.Expression[], handler: ts.Expression | undefined, modules: Modules): RequestShape {
  const body = new Map<string, Field>();
  const query = new Map<string, Field>();
  const keep = (into: Map<string, Field>, fields: readonly Field[]): void => {
    for (const field of fields) if (!into.has(field.name)) into.set(field.name, field);
  };
  for (const argument of middleware.flatMap((each) => listed(each, modules))) {
    const link = validatorLink(argument);
    if (link) keep(link.place === 'query' ? query : body, [link.field]);
    else if (ts.isCallExpression(argument))
      for (const given of argument.arguments) {
        const schema = definitionOf(given, modules);
        if (ts.isObjectLiteralExpression(schema)) {
          keep(body, partFields(schema, 'body', modules));
          keep(query, partFields(schema, 'query', modules));
        } else keep(/query|param/i.test(dottedName(argument)) ? query : body, schemaFields(given, modules));
      }
  }
  const handling = handler && handlerFunction(handler, modules);
  if (handling) {
    keep(body, fieldsRead(handling, 'body', modules));
    keep(query, fieldsRead(handling, 'query', modules));
  }
  return { body: [...body.values()], query: [...query.values()] };
}

/** The handler inside wrappers such as `asyncHandler(...)` and `.bind(this)`. */
function handlerFunction(node: ts.Expression, modules: Modules, depth = 0): ts.SignatureDeclaration | undefined {
  const direct = functionOf(node, modules);
  if (direct && !ts.isCallExpression(skipWrapping(node))) return direct;
  const target = definitionOf(node, modules);
  const call = ts.isVariableDeclaration(target) && target.initializer ? skipWrapping(target.initializer) : target;
  if (!ts.isCallExpression(call) || depth > 3) return direct;
  if (ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'bind')
    return handlerFunction(call.expression.expression, modules, depth + 1);
  const inner = call.arguments.at(-1);
  return inner && handlerFunction(inner, modules, depth + 1);
}

function listed(node: ts.Expression, modules: Modules): ts.Expression[] {
  const target = definitionOf(node, modules);
  if (ts.isArrayLiteralExpression(target)) return [...target.elements];
  if (ts.isVariableDeclaration(target) && target.initializer) return [target.initializer];
  return [node];
}

interface Link {
  readonly name: string;
  readonly arguments: readonly ts.Expression[];
}

/** The calls of a chain, first made first: `z.string().min(2)` is string, min. */
function chainOf(node: ts.Node): Link[] {
  const links: Link[] = [];
  let current = skipWrapping(node);
  while (ts.isCallExpression(current)) {
    const callee = current.expression;
    if (ts.isPropertyAccessExpression(callee)) {
      links.unshift({ name: callee.name.text, arguments: current.arguments });
      current = skipWrapping(callee.expression);
    } else {
      links.unshift({ name: dottedName(callee), arguments: current.arguments });
      break;
    }
  }
  return links;
}

/** express-validator: `body('email').isEmail()`. */
function validatorLink(node: ts.Expression): { readonly place: 'body' | 'query'; readonly field: Field } | undefined {
  const [first, ...rest] = chainOf(node);
  const name = first?.arguments[0];
  if (!first || !/^(body|check|query)$/.test(first.name) || !name || !ts.isStringLiteralLike(name)) return undefined;
  return {
    place: first.name === 'query' ? 'query' : 'body',
    field: chainField(name.text, 'any', rest, !rest.some((link) => link.name === 'optional')),
  };
}

const TYPES = new Set(['string', 'number', 'boolean', 'date', 'array', 'object', 'enum', 'integer', 'any', 'uuid', 'email']);
const NO_RULE = new Set([
  'required',
  'optional',
  'nullish',
  'exists',
  'trim',
  'escape',
  'withMessage',
  'bail',
  'describe',
  'default',
  'custom',
  'transform',
  'refine',
  'messages',
  'toInt',
  'normalizeEmail',
  'keys',
  'notEmpty',
  'message',
  'label',
  'strict',
  'not',
]);

function chainField(name: string, type: string, links: readonly Link[], required: boolean): Field {
  const validations = links
    .filter((link) => !NO_RULE.has(link.name) && !(TYPES.has(link.name) && link.name !== 'email' && link.name !== 'uuid'))
    .map((link) => {
      const word = link.name
        .replace(/^is(?=[A-Z])/, '')
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .toLowerCase();
      const values = link.arguments
        .filter((argument) => !ts.isFunctionLike(argument))
        .map((argument) => argument.getText().replace(/\s+/g, ' '));
      return [word, ...values].join(' ').slice(0, 80);
    });
  return { name, field_type: type, required, validations, description: null };
}

/** zod's `z.object({...})` and Joi's `Joi.object({...})` or `Joi.object().keys({...})`. */
function schemaFields(node: ts.Node, modules: Modules): Field[] {
  const target = definitionOf(node, modules);
  const expression = ts.isVariableDeclaration(target) && target.initializer ? target.initializer : target;
  const links = chainOf(expression);
  const shape = links
    .filter(({ name }) => name === 'object' || name === 'keys' || name === 'strictObject')
    .flatMap(({ arguments: args }) => args)[0];
  const literal = shape && definitionOf(shape, modules);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return [];
  const joi = /joi/i.test(expression.getText().slice(0, 20));
  return literal.properties.flatMap((property): Field[] => {
    const name = property.name && nameText(property.name);
    if (name === undefined || !ts.isPropertyAssignment(property)) return [];
    const chain = chainOf(property.initializer);
    const type = chain.find((link) => TYPES.has(link.name))?.name ?? 'any';
    const required = joi
      ? chain.some((link) => link.name === 'required')
      : !chain.some((link) => /^(optional|nullish|default)$/.test(link.name));
    return [chainField(name, type, chain, required)];
  });
}

/** `validate({ body: schema })` */
function partFields(schema: ts.ObjectLiteralExpression, part: string, modules: Modules): Field[] {
  const property = schema.properties.find((each) => each.name !== undefined && nameText(each.name) === part);
  return property && ts.isPropertyAssignment(property) ? schemaFields(property.initializer, modules) : [];
}

/** Fields that a handler takes from `req.body` or `req.query`. */
function fieldsRead(handling: ts.SignatureDeclaration, part: 'body' | 'query', modules: Modules): Field[] {
  const request = handling.parameters[0]?.name;
  const body = 'body' in handling ? handling.body : undefined;
  if (!request || !ts.isIdentifier(request) || !body) return [];
  const names = new Map<string, string>();
  const isPart = (node: ts.Node): boolean => {
    const inner = skipWrapping(node);
    return (
      ts.isPropertyAccessExpression(inner) &&
      inner.name.text === part &&
      ts.isIdentifier(inner.expression) &&
      inner.expression.text === request.text
    );
  };
  const isVariable = new Set<string>();
  walk(body, (node) => {
    if (ts.isVariableDeclaration(node) && node.initializer && isPart(node.initializer)) {
      if (ts.isIdentifier(node.name)) isVariable.add(node.name.text);
      else
        for (const element of node.name.elements) {
          if (!ts.isBindingElement(element) || element.dotDotDotToken) continue;
          const name = nameText(
            element.propertyName && !ts.isComputedPropertyName(element.propertyName) ? element.propertyName : element.name,
          );
          if (name !== undefined) names.set(name, typeOfDefault(element.initializer, modules));
        }
    }
    if (
      ts.isPropertyAccessExpression(node) &&
      (isPart(node.expression) || (ts.isIdentifier(node.expression) && isVariable.has(node.expression.text)))
    ) {
      const called = ts.isCallExpression(node.parent) && node.parent.expression === node;
      if (!called && !names.has(node.name.text)) names.set(node.name.text, 'any');
    }
  });
  return [...names].map(([name, field_type]) => ({ name, field_type, required: false, validations: [], description: null }));
}

function typeOfDefault(initializer: ts.Expression | undefined, modules: Modules): string {
  const value = initializer && literalValue(initializer, modules);
  if (value === undefined || value === null) return 'any';
  return Array.isArray(value) ? 'array' : initializer && foldText(initializer, modules) === '' ? 'string' : typeof value;
}
