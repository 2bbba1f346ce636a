import ts from 'typescript';
import { nameText } from '../../syntax/definitions';
import type { Expression, FunctionSyntax, Import, Program, Statement } from './program';

/** A parsed TypeScript or JavaScript file as a program. */
export function readTypeScript(path: string, source: ts.SourceFile): Program {
  const imports: Import[] = [];
  const exports = new Map<string, string>();
  const exportsAll: string[] = [];
  const mentions = new Set<string>();
  const at = (node: ts.Node): number => node.pos;
  const mention = (name: string): string => {
    mentions.add(name);
    return name;
  };

  function expression(node: ts.Expression): Expression {
    if (ts.isIdentifier(node))
      return node.text === 'undefined' ? literal(node, undefined) : { k: 'name', at: at(node), name: mention(node.text) };
    if (ts.isPropertyAccessExpression(node))
      return { k: 'member', at: at(node), of: expression(node.expression), name: mention(node.name.text) };
    if (ts.isCallExpression(node))
      return { k: 'call', at: at(node), callee: expression(node.expression), args: node.arguments.map(expression) };
    if (ts.isStringLiteralLike(node)) return literal(node, node.text);
    if (ts.isNumericLiteral(node)) return literal(node, Number(node.text));
    if (
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isNonNullExpression(node) ||
      ts.isTypeAssertionExpression(node)
    )
      return expression(node.expression);
    if (ts.isAwaitExpression(node)) return { k: 'await', at: at(node), of: expression(node.expression) };
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return { k: 'function', at: at(node), fn: functionOf(node) };
    if (ts.isObjectLiteralExpression(node)) return { k: 'map', at: at(node), entries: node.properties.flatMap(entry) };
    if (ts.isArrayLiteralExpression(node)) return { k: 'list', at: at(node), items: node.elements.map(expression) };
    if (ts.isTemplateExpression(node))
      return {
        k: 'text',
        at: at(node),
        parts: [
          literal(node, node.head.text),
          ...node.templateSpans.flatMap((span) => [expression(span.expression), literal(node, span.literal.text)]),
        ],
      };
    if (ts.isElementAccessExpression(node)) {
      const key = node.argumentExpression;
      const of = expression(node.expression);
      return ts.isStringLiteralLike(key)
        ? { k: 'member', at: at(node), of, name: mention(key.text) }
        : { k: 'index', at: at(node), of, index: expression(key) };
    }
    if (ts.isBinaryExpression(node)) return binary(node);
    if (ts.isConditionalExpression(node)) return operation(node, '?:', [node.condition, node.whenTrue, node.whenFalse]);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return unary(node);
    if (ts.isNewExpression(node))
      return { k: 'call', at: at(node), callee: expression(node.expression), args: (node.arguments ?? []).map(expression), isNew: true };
    if (ts.isSpreadElement(node)) return { k: 'spread', at: at(node), of: expression(node.expression) };
    if (ts.isTaggedTemplateExpression(node))
      return { k: 'call', at: at(node), callee: expression(node.tag), args: [expression(node.template)] };
    if (ts.isDeleteExpression(node)) return operation(node, 'delete', [node.expression]);
    if (ts.isVoidExpression(node)) return operation(node, 'void', [node.expression]);
    if (ts.isTypeOfExpression(node)) return operation(node, 'typeof', [node.expression]);
    if (ts.isYieldExpression(node)) return operation(node, 'yield', node.expression ? [node.expression] : []);
    switch (node.kind) {
      case ts.SyntaxKind.TrueKeyword:
        return literal(node, true);
      case ts.SyntaxKind.FalseKeyword:
        return literal(node, false);
      case ts.SyntaxKind.NullKeyword:
        return literal(node, null);
      case ts.SyntaxKind.ThisKeyword:
        return { k: 'name', at: at(node), name: 'this' };
      default:
        return { k: 'operation', at: at(node), operator: 'other', operands: [] };
    }
  }

  function literal(node: ts.Node, value: string | number | boolean | null | undefined): Expression {
    return { k: 'literal', at: at(node), value };
  }

  function operation(node: ts.Node, operator: string, operands: readonly ts.Expression[]): Expression {
    return { k: 'operation', at: at(node), operator, operands: operands.map(expression) };
  }

  function binary(node: ts.BinaryExpression): Expression {
    const operator = ts.tokenToString(node.operatorToken.kind) ?? ',';
    if (node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment)
      return { k: 'assign', at: at(node), operator, target: pattern(node.left), value: expression(node.right) };
    // A long chain of `+` nests as deep as it is long.
    const operands: ts.Expression[] = [node.right];
    let left = node.left;
    while (ts.isBinaryExpression(left) && left.operatorToken.kind === node.operatorToken.kind && (operator === '+' || operator === '&&')) {
      operands.push(left.right);
      left = left.left;
    }
    operands.push(left);
    return operation(node, operator, operands.reverse());
  }

  function unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): Expression {
    const operator = ts.tokenToString(node.operator) ?? '';
    if (operator === '++' || operator === '--')
      return { k: 'assign', at: at(node), operator, target: expression(node.operand), value: literal(node, 1) };
    if (operator === '-' && ts.isNumericLiteral(node.operand)) return literal(node, -Number(node.operand.text));
    return operation(node, operator, [node.operand]);
  }

  function entry(property: ts.ObjectLiteralElementLike): (readonly [string | null, Expression])[] {
    if (ts.isSpreadAssignment(property)) return [[null, expression(property.expression)]];
    if (ts.isShorthandPropertyAssignment(property)) return [[mention(property.name.text), expression(property.name)]];
    const key = nameText(property.name) ?? '';
    mention(key);
    // A computed name is part of what the object says.
    if (ts.isComputedPropertyName(property.name) && ts.isPropertyAssignment(property))
      return [[key, operation(property, 'other', [property.name.expression, property.initializer])]];
    if (ts.isPropertyAssignment(property)) return [[key, expression(property.initializer)]];
    return [[key, { k: 'function', at: at(property), fn: functionOf(property) }]];
  }

  /** The target of an assignment or a binding. */
  function pattern(node: ts.Expression | ts.BindingName): Expression {
    if (ts.isObjectBindingPattern(node))
      return {
        k: 'map',
        at: at(node),
        entries: node.elements.map((element) => {
          const key = element.dotDotDotToken
            ? null
            : (nameText(element.propertyName && !ts.isComputedPropertyName(element.propertyName) ? element.propertyName : element.name) ??
              '');
          return [key, withDefault(element)];
        }),
      };
    if (ts.isArrayBindingPattern(node))
      return {
        k: 'list',
        at: at(node),
        items: node.elements.map((element) => {
          if (!ts.isBindingElement(element)) return literal(element, undefined);
          return element.dotDotDotToken ? { k: 'spread', at: at(element), of: pattern(element.name) } : withDefault(element);
        }),
      };
    return expression(node);
  }

  function withDefault(element: ts.BindingElement | ts.ParameterDeclaration): Expression {
    const target = pattern(element.name);
    return element.initializer ? { k: 'default', at: at(element), target, value: expression(element.initializer) } : target;
  }

  function functionOf(node: ts.FunctionLikeDeclaration): FunctionSyntax {
    const { body } = node;
    const name = node.name && nameText(node.name);
    return {
      at: at(node),
      ...(name !== undefined && { name: mention(name) }),
      params: node.parameters.map((parameter) =>
        parameter.dotDotDotToken ? { k: 'spread', at: at(parameter), of: pattern(parameter.name) } : withDefault(parameter),
      ),
      body: !body ? [] : ts.isBlock(body) ? statements(body.statements) : [{ k: 'return', at: at(body), value: expression(body) }],
      isAsync: (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Async) !== 0,
      decorators: [],
    };
  }

  function statements(nodes: readonly ts.Statement[]): Statement[] {
    return nodes.flatMap(statement);
  }

  function bindings(list: ts.VariableDeclarationList): Statement[] {
    const constant = (list.flags & ts.NodeFlags.Const) !== 0;
    return list.declarations
      .filter((declaration) => !readRequire(declaration))
      .map((declaration) => ({
        k: 'bind',
        at: at(declaration),
        target: pattern(declaration.name),
        constant,
        ...(declaration.initializer && { value: expression(declaration.initializer) }),
      }));
  }

  function exported(node: ts.Statement, ...names: (string | undefined)[]): void {
    const flags = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    if (!flags.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return;
    const isDefault = flags.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
    for (const name of names) if (name !== undefined) exports.set(isDefault ? 'default' : name, name);
  }

  function boundNames(name: ts.BindingName): string[] {
    return ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
  }

  function statement(node: ts.Statement): Statement[] {
    if (ts.isExpressionStatement(node)) return [{ k: 'expression', at: at(node), value: commonJs(node.expression) }];
    if (ts.isVariableStatement(node)) {
      exported(node, ...node.declarationList.declarations.flatMap(({ name }) => boundNames(name)));
      return bindings(node.declarationList);
    }
    if (ts.isReturnStatement(node)) return [{ k: 'return', at: at(node), ...(node.expression && { value: expression(node.expression) }) }];
    if (ts.isIfStatement(node))
      return [
        {
          k: 'if',
          at: at(node),
          test: expression(node.expression),
          yes: statement(node.thenStatement),
          no: node.elseStatement ? statement(node.elseStatement) : [],
        },
      ];
    if (ts.isBlock(node)) return [{ k: 'block', at: at(node), body: statements(node.statements) }];
    if (ts.isFunctionDeclaration(node)) {
      const name = node.name?.text ?? 'default';
      exported(node, name);
      mention(name);
      const fn = functionOf(node);
      return [
        { k: 'bind', at: at(node), target: { k: 'name', at: at(node), name }, value: { k: 'function', at: at(node), fn }, constant: true },
      ];
    }
    if (ts.isForOfStatement(node) || ts.isForInStatement(node))
      return [
        {
          k: 'loop',
          at: at(node),
          before: [],
          each: eachOf(node.initializer),
          over: ts.isForInStatement(node)
            ? { k: 'call', at: at(node), callee: member(node, 'Object', 'keys'), args: [expression(node.expression)] }
            : expression(node.expression),
          body: statement(node.statement),
        },
      ];
    if (ts.isForStatement(node))
      return [
        {
          k: 'loop',
          at: at(node),
          before: !node.initializer
            ? []
            : ts.isVariableDeclarationList(node.initializer)
              ? bindings(node.initializer)
              : [{ k: 'expression', at: at(node), value: expression(node.initializer) }],
          ...(node.condition && { test: expression(node.condition) }),
          body: [
            ...statement(node.statement),
            ...(node.incrementor ? [{ k: 'expression' as const, at: at(node), value: expression(node.incrementor) }] : []),
          ],
        },
      ];
    if (ts.isWhileStatement(node) || ts.isDoStatement(node))
      return [{ k: 'loop', at: at(node), before: [], test: expression(node.expression), body: statement(node.statement) }];
    if (ts.isTryStatement(node))
      return [
        {
          k: 'try',
          at: at(node),
          body: statements(node.tryBlock.statements),
          handlers: node.catchClause ? statements(node.catchClause.block.statements) : [],
          hasHandler: node.catchClause !== undefined,
          last: node.finallyBlock ? statements(node.finallyBlock.statements) : [],
        },
      ];
    if (ts.isThrowStatement(node)) return [{ k: 'throw', at: at(node), value: expression(node.expression) }];
    if (ts.isBreakStatement(node)) return [{ k: 'leave', at: at(node) }];
    if (ts.isSwitchStatement(node))
      return [
        { k: 'expression', at: at(node), value: expression(node.expression) },
        ...node.caseBlock.clauses.map((clause): Statement => ({ k: 'block', at: at(clause), body: statements(clause.statements) })),
      ];
    if (ts.isLabeledStatement(node)) return statement(node.statement);
    if (ts.isClassDeclaration(node)) {
      const name = node.name?.text ?? 'default';
      exported(node, name);
      return [classOf(node, name)];
    }
    if (ts.isImportDeclaration(node)) readImport(node);
    else if (ts.isExportDeclaration(node)) readExport(node);
    else if (ts.isExportAssignment(node)) {
      exports.set('default', 'default');
      return [
        {
          k: 'bind',
          at: at(node),
          target: { k: 'name', at: at(node), name: 'default' },
          value: expression(node.expression),
          constant: true,
        },
      ];
    }
    return [];
  }

  function member(node: ts.Node, of: string, name: string): Expression {
    return { k: 'member', at: at(node), of: { k: 'name', at: at(node), name: of }, name };
  }

  function eachOf(initializer: ts.ForInitializer): Expression {
    if (!ts.isVariableDeclarationList(initializer)) return expression(initializer);
    const [first] = initializer.declarations;
    return first ? pattern(first.name) : literal(initializer, undefined);
  }

  function classOf(node: ts.ClassLikeDeclaration, name: string): Statement {
    const methods: FunctionSyntax[] = [];
    const body: Statement[] = [];
    for (const each of node.members)
      if (ts.isMethodDeclaration(each)) methods.push(functionOf(each));
      else if (ts.isConstructorDeclaration(each)) methods.push({ ...functionOf(each), name: 'constructor' });
      else if (ts.isPropertyDeclaration(each) && each.initializer)
        body.push({
          k: 'bind',
          at: at(each),
          target: { k: 'name', at: at(each), name: nameText(each.name) ?? '' },
          value: expression(each.initializer),
          constant: false,
        });
    return { k: 'class', at: at(node), name, bases: [], methods, body, decorators: [] };
  }

  function readImport(node: ts.ImportDeclaration): void {
    if (!ts.isStringLiteral(node.moduleSpecifier) || !node.importClause) return;
    const from = moduleName(node.moduleSpecifier.text);
    const { name, namedBindings } = node.importClause;
    if (name) imports.push({ from, name: 'default', local: mention(name.text) });
    if (namedBindings && ts.isNamespaceImport(namedBindings)) imports.push({ from, name: '*', local: mention(namedBindings.name.text) });
    else if (namedBindings)
      for (const element of namedBindings.elements)
        imports.push({ from, name: mention((element.propertyName ?? element.name).text), local: mention(element.name.text) });
    mention(from);
  }

  /** What a `require` gives is an import. */
  function readRequire(declaration: ts.VariableDeclaration): boolean {
    let made: ts.Expression | undefined = declaration.initializer;
    let picked: string | undefined;
    if (made && ts.isPropertyAccessExpression(made)) {
      picked = made.name.text;
      made = made.expression;
    }
    if (!made || !ts.isCallExpression(made) || !ts.isIdentifier(made.expression) || made.expression.text !== 'require') return false;
    const [argument] = made.arguments;
    if (!argument || !ts.isStringLiteralLike(argument)) return false;
    const from = moduleName(argument.text);
    mention(from);
    if (ts.isIdentifier(declaration.name)) imports.push({ from, name: picked ?? '*', local: declaration.name.text });
    else if (ts.isObjectBindingPattern(declaration.name))
      for (const element of declaration.name.elements) {
        const name = nameText(
          element.propertyName && !ts.isComputedPropertyName(element.propertyName) ? element.propertyName : element.name,
        );
        if (name !== undefined && ts.isIdentifier(element.name)) imports.push({ from, name, local: element.name.text });
      }
    return true;
  }

  function readExport(node: ts.ExportDeclaration): void {
    const from = node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
    if (!node.exportClause) {
      if (from !== undefined) exportsAll.push(from);
    } else if (ts.isNamedExports(node.exportClause))
      for (const element of node.exportClause.elements) {
        const name = (element.propertyName ?? element.name).text;
        // Passed on from another file: bound here under a name that no source can have.
        const local = from === undefined ? name : `export ${name}`;
        if (from !== undefined) imports.push({ from, name, local });
        exports.set(element.name.text, local);
      }
  }

  /** `module.exports = { a }` and `exports.a = b` export too. */
  function commonJs(node: ts.Expression): Expression {
    const found = expression(node);
    if (found.k !== 'assign') return found;
    const { target, value } = found;
    if (target.k !== 'member') return found;
    const whole = (e: Expression): boolean => e.k === 'member' && e.name === 'exports' && e.of.k === 'name' && e.of.name === 'module';
    if (whole(target) && value.k === 'map')
      for (const [key, each] of value.entries) if (key !== null && each.k === 'name') exports.set(key, each.name);
    if (whole(target) && value.k === 'name') exports.set('default', value.name);
    if ((whole(target.of) || (target.of.k === 'name' && target.of.name === 'exports')) && value.k === 'name')
      exports.set(target.name, value.name);
    if ((whole(target.of) || (target.of.k === 'name' && target.of.name === 'exports')) && value.k !== 'name') {
      const local = `export ${target.name}`;
      exports.set(target.name, local);
      return { ...found, target: { k: 'name', at: target.at, name: local } };
    }
    return found;
  }

  const body = statements(source.statements);
  return { path, language: 'js', imports, body, exports, exportsAll, mentions, lineOf: (place) => lineAt(source, place) };
}

/** `fs` and `node:fs` are one module. */
function moduleName(specifier: string): string {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
}

/** The line of the first word at or after `place`: a node begins with the space and the comments before it. */
function lineAt(source: ts.SourceFile, place: number): number {
  const { text } = source;
  let at = place;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at++;
    if (text.startsWith('//', at)) at = endOf(text.indexOf('\n', at), text);
    else if (text.startsWith('/*', at)) at = endOf(text.indexOf('*/', at) + 1, text) + 1;
    else break;
  }
  return source.getLineAndCharacterOfPosition(Math.min(at, text.length)).line + 1;
}

function endOf(index: number, text: string): number {
  return index <= 0 ? text.length : index;
}
