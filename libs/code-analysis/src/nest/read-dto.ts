import type { Dto } from '@testimony/contracts';
import ts from 'typescript';
import { constantText } from '../syntax/constants';
import { definitionOf, nameText, type Modules } from '../syntax/definitions';
import { lineOf } from '../syntax/module-syntax';
import { decoratorsOf, optionOf, type Decorator } from './decorators';

type Field = Dto['fields'][number];
type Shape = ts.ClassLikeDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

/** Classes that extend each other deeper than this are taken for a circle. */
const MAX_BASES = 10;

/** Decorators with arguments whose wording is more than their name. */
const WORDED: Readonly<Record<string, string>> = {
  Min: 'min',
  Max: 'max',
  MinLength: 'min length',
  MaxLength: 'max length',
  Matches: 'pattern',
  ArrayMinSize: 'min items',
  ArrayMaxSize: 'max items',
  IsDivisibleBy: 'multiple of',
  Contains: 'contains',
  MinDate: 'min',
  MaxDate: 'max',
};
const NO_RULE = new Set([
  'IsOptional',
  'ApiProperty',
  'ApiPropertyOptional',
  'Type',
  'Transform',
  'Expose',
  'Exclude',
  'Allow',
  'ValidateIf',
  'IsDefined',
  'Column',
  'Field',
  'Prop',
]);
const RULES_LOOK_LIKE = /^(Is|Array|Min|Max|Length|Matches|Contains|NotContains|Equals|NotEquals|Validate)/;

/** True for a class that describes a body: by its name, or by the decorators of its fields. */
export function looksLikeDto(node: ts.ClassDeclaration): boolean {
  if (/(dto|request|input|payload|body)$/i.test(node.name?.text ?? '') && !node.members.some(ts.isMethodDeclaration)) return true;
  return node.members.some(
    (member) =>
      ts.isPropertyDeclaration(member) &&
      decoratorsOf(member).some(({ name }) => name.startsWith('ApiProperty') || (RULES_LOOK_LIKE.test(name) && name !== 'Matches')),
  );
}

/** The class, interface or type that a type's name means, as a DTO. */
export function readDto(shape: Shape, modules: Modules): Dto {
  return {
    name: shape.name?.text ?? 'anonymous',
    fields: [...fieldsOf(shape, modules, 0).values()],
    file_path: shape.getSourceFile().fileName,
    line_number: shape.name ? lineOf(shape.name) : lineOf(shape),
  };
}

export function shapeOf(name: ts.EntityName | ts.Expression, modules: Modules): Shape | undefined {
  const target = definitionOf(name, modules);
  return ts.isClassLike(target) ||
    ts.isInterfaceDeclaration(target) ||
    (ts.isTypeAliasDeclaration(target) && membersOf(target.type) !== undefined)
    ? target
    : undefined;
}

function membersOf(type: ts.TypeNode): readonly ts.TypeElement[] | undefined {
  return ts.isTypeLiteralNode(type) ? type.members : undefined;
}

function fieldsOf(shape: Shape, modules: Modules, depth: number): Map<string, Field> {
  const fields = new Map<string, Field>();
  if (depth > MAX_BASES) return fields;
  const clauses = ts.isTypeAliasDeclaration(shape) ? [] : (shape.heritageClauses ?? []);
  for (const clause of clauses)
    if (clause.token === ts.SyntaxKind.ExtendsKeyword)
      for (const type of clause.types) for (const [name, field] of baseFields(type.expression, modules, depth + 1)) fields.set(name, field);
  const members = ts.isTypeAliasDeclaration(shape) ? (membersOf(shape.type) ?? []) : shape.members;
  for (const member of members) {
    if (ts.isConstructorDeclaration(member)) {
      for (const parameter of member.parameters) if (ts.isParameterPropertyDeclaration(parameter, member)) add(parameter);
    } else if ((ts.isPropertyDeclaration(member) || ts.isPropertySignature(member)) && !isHidden(member)) add(member);
  }
  return fields;

  function add(member: ts.PropertyDeclaration | ts.PropertySignature | ts.ParameterDeclaration): void {
    const name = nameText(member.name);
    if (name !== undefined) fields.set(name, readField(name, member, modules));
  }
}

function isHidden(member: ts.PropertyDeclaration | ts.PropertySignature): boolean {
  return (
    (ts.getCombinedModifierFlags(member as ts.Declaration) &
      (ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static)) !==
    0
  );
}

/** Fields of what a class extends: another class, or one of Nest's mapped types. */
function baseFields(base: ts.Expression, modules: Modules, depth: number): Map<string, Field> {
  if (depth > MAX_BASES) return new Map();
  if (!ts.isCallExpression(base)) {
    const shape = shapeOf(base, modules);
    return shape ? fieldsOf(shape, modules, depth) : new Map();
  }
  const kind = ts.isIdentifier(base.expression) ? base.expression.text : '';
  const from = base.arguments
    .filter((argument) => !ts.isArrayLiteralExpression(argument))
    .map((argument) => baseFields(argument, modules, depth + 1));
  const keys =
    base.arguments.find(ts.isArrayLiteralExpression) ??
    base.arguments.map((argument) => definitionOf(argument, modules)).find(ts.isArrayLiteralExpression);
  const listed = new Set(keys?.elements.map((element) => constantText(element, modules)));
  const all = new Map(from.flatMap((fields) => [...fields]));
  if (kind === 'PartialType') return new Map([...all].map(([name, field]) => [name, { ...field, required: false }]));
  if (kind === 'PickType') return new Map([...all].filter(([name]) => listed.has(name)));
  if (kind === 'OmitType') return new Map([...all].filter(([name]) => !listed.has(name)));
  return all;
}

function readField(name: string, member: ts.PropertyDeclaration | ts.PropertySignature | ts.ParameterDeclaration, modules: Modules): Field {
  const decorators = decoratorsOf(member);
  const has = (wanted: string): boolean => decorators.some((decorator) => decorator.name === wanted);
  const api = decorators.find((decorator) => decorator.name.startsWith('ApiProperty'))?.arguments[0];
  const notRequired = optionOf(api, 'required')?.kind === ts.SyntaxKind.FalseKeyword;
  const initialised = !ts.isPropertySignature(member) && member.initializer !== undefined;
  const described = optionOf(api, 'description');
  return {
    name,
    field_type: member.type?.getText().replace(/\s+/g, ' ') ?? (ts.isPropertySignature(member) ? 'any' : typeOfInitial(member.initializer)),
    required: !member.questionToken && !initialised && !has('IsOptional') && !has('ApiPropertyOptional') && !notRequired,
    validations: [...new Set([...decorators.flatMap((decorator) => ruleOf(decorator, modules)), ...apiRules(api, modules)])],
    description: (described && constantText(described, modules)) ?? null,
  };
}

function typeOfInitial(initializer: ts.Expression | undefined): string {
  if (!initializer) return 'any';
  if (ts.isNumericLiteral(initializer)) return 'number';
  if (ts.isStringLiteralLike(initializer)) return 'string';
  return initializer.kind === ts.SyntaxKind.TrueKeyword || initializer.kind === ts.SyntaxKind.FalseKeyword ? 'boolean' : 'any';
}

function ruleOf({ name, arguments: args }: Decorator, modules: Modules): string[] {
  if (NO_RULE.has(name) || !RULES_LOOK_LIKE.test(name)) return [];
  const first = args[0];
  if (name === 'IsEnum' || name === 'IsIn') {
    const values = first && enumValues(first, modules);
    return [values === undefined ? 'enum' : `enum ${values}`];
  }
  if (name === 'Length') return args.slice(0, 2).map((argument, at) => `${at === 0 ? 'min' : 'max'} length ${written(argument, modules)}`);
  if (name === 'ValidateNested') return ['nested'];
  const word = WORDED[name];
  if (word !== undefined) return [first ? `${word} ${written(first, modules)}` : word];
  const plain = name
    .replace(/^Is/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return [plain];
}

function written(argument: ts.Expression, modules: Modules): string {
  return constantText(argument, modules) ?? argument.getText().replace(/\s+/g, ' ').slice(0, 80);
}

function enumValues(argument: ts.Expression, modules: Modules): string | undefined {
  const target = definitionOf(argument, modules);
  if (ts.isEnumDeclaration(target))
    return target.members
      .map((member, at) => (member.initializer ? (constantText(member.initializer, modules) ?? nameText(member.name)) : String(at)))
      .join('|');
  if (ts.isArrayLiteralExpression(target)) return target.elements.map((element) => written(element, modules)).join('|');
  if (ts.isObjectLiteralExpression(target))
    return target.properties
      .flatMap((property) => (ts.isPropertyAssignment(property) ? [written(property.initializer, modules)] : []))
      .join('|');
  return undefined;
}

const API_RULES: readonly (readonly [option: string, word: string])[] = [
  ['minimum', 'min'],
  ['maximum', 'max'],
  ['minLength', 'min length'],
  ['maxLength', 'max length'],
  ['format', ''],
  ['pattern', 'pattern'],
];

function apiRules(api: ts.Expression | undefined, modules: Modules): string[] {
  const rules = API_RULES.flatMap(([option, word]) => {
    const value = optionOf(api, option);
    return value ? [`${word} ${written(value, modules)}`.trim()] : [];
  });
  const values = optionOf(api, 'enum');
  const listed = values && enumValues(values, modules);
  return listed === undefined ? rules : [...rules, `enum ${listed}`];
}
