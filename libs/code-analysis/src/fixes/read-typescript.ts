import ts from 'typescript';
import type { CodeModule, Entry, Expr, FunctionExpr, Handler, Place, Stmt } from './code';

/** Reads a TypeScript or JavaScript text. A string instead says with its line why it does not parse. */
export function readTypeScript(file: string, text: string): CodeModule | string {
  const kind = /\.[cm]?ts$/.test(file) ? ts.ScriptKind.TS : file.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.JSX;
  const source = ts.createSourceFile(file, text, { languageVersion: ts.ScriptTarget.Latest }, true, kind);
  const [problem] = (source as ts.SourceFile & { parseDiagnostics?: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
  if (problem) {
    const line = source.getLineAndCharacterOfPosition(problem.start).line + 1;
    return `line ${line} does not parse: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
  }
  return { language: 'typescript', text, body: source.statements.flatMap((statement) => stmts(statement, source)) };
}

function at(node: ts.Node, source: ts.SourceFile): Place {
  const start = node.getStart(source);
  return { start, end: node.getEnd(), line: source.getLineAndCharacterOfPosition(start).line + 1 };
}

function block(node: ts.Statement, source: ts.SourceFile): Stmt[] {
  return ts.isBlock(node) ? node.statements.flatMap((statement) => stmts(statement, source)) : stmts(node, source);
}

function stmts(node: ts.Statement, source: ts.SourceFile): Stmt[] {
  const where = at(node, source);
  const read = (value: ts.Expression): Expr => expr(value, source);
  if (ts.isVariableStatement(node)) return declarations(node.declarationList, source, where);
  if (ts.isExpressionStatement(node)) return [{ ...where, kind: 'expression', value: read(node.expression) }];
  if (ts.isBlock(node)) return [{ ...where, kind: 'block', body: block(node, source) }];
  if (ts.isEmptyStatement(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return [];
  if (ts.isIfStatement(node))
    return [
      {
        ...where,
        kind: 'if',
        test: read(node.expression),
        yes: block(node.thenStatement, source),
        no: node.elseStatement ? block(node.elseStatement, source) : [],
      },
    ];
  if (ts.isReturnStatement(node)) return [{ ...where, kind: 'return', value: node.expression && read(node.expression), implicit: false }];
  if (ts.isThrowStatement(node)) return [{ ...where, kind: 'throw', value: read(node.expression) }];
  if ((ts.isBreakStatement(node) || ts.isContinueStatement(node)) && !node.label)
    return [{ ...where, kind: 'jump', how: ts.isBreakStatement(node) ? 'break' : 'continue' }];
  if (ts.isTryStatement(node)) return [tried(node, source, where)];
  if (
    ts.isWhileStatement(node) ||
    ts.isDoStatement(node) ||
    ts.isForStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isForInStatement(node)
  )
    return [loop(node, source, where)];
  if (ts.isFunctionDeclaration(node))
    return node.body
      ? [{ ...where, kind: 'define', name: node.name?.text ?? 'default', value: functionOf(node, source), decorators: [] }]
      : [];
  if (ts.isClassDeclaration(node)) return [classOf(node, source, where)];
  if (ts.isImportDeclaration(node)) return [imported(node, where)];
  if (ts.isExportAssignment(node)) return [{ ...where, kind: 'expression', value: read(node.expression) }];
  return [{ ...where, kind: 'opaque', text: node.getText(source).replaceAll(/\s+/g, ' ') }];
}

function declarations(list: ts.VariableDeclarationList, source: ts.SourceFile, where: Place): Stmt[] {
  const constant = (list.flags & ts.NodeFlags.Const) !== 0;
  return list.declarations.map((declared) => ({
    ...(list.declarations.length === 1 ? where : at(declared, source)),
    kind: 'declare',
    target: pattern(declared.name, source),
    value: declared.initializer && expr(declared.initializer, source),
    constant,
  }));
}

function tried(node: ts.TryStatement, source: ts.SourceFile, where: Place): Stmt {
  const caught = node.catchClause;
  const handlers: Handler[] = caught
    ? [
        {
          name:
            caught.variableDeclaration && ts.isIdentifier(caught.variableDeclaration.name)
              ? caught.variableDeclaration.name.text
              : undefined,
          type: undefined,
          body: block(caught.block, source),
          line: at(caught, source).line,
        },
      ]
    : [];
  return {
    ...where,
    kind: 'try',
    body: block(node.tryBlock, source),
    handlers,
    last: node.finallyBlock ? block(node.finallyBlock, source) : [],
  };
}

function loop(
  node: ts.WhileStatement | ts.DoStatement | ts.ForStatement | ts.ForOfStatement | ts.ForInStatement,
  source: ts.SourceFile,
  where: Place,
): Stmt {
  const body = block(node.statement, source);
  const none = { init: [], test: undefined, step: undefined, target: undefined, source: undefined };
  if (ts.isWhileStatement(node) || ts.isDoStatement(node))
    return { ...where, ...none, kind: 'loop', test: expr(node.expression, source), body };
  if (ts.isForStatement(node)) {
    const init: Stmt[] = !node.initializer
      ? []
      : ts.isVariableDeclarationList(node.initializer)
        ? declarations(node.initializer, source, at(node.initializer, source))
        : [{ ...at(node.initializer, source), kind: 'expression', value: expr(node.initializer, source) }];
    return {
      ...where,
      ...none,
      kind: 'loop',
      init,
      test: node.condition && expr(node.condition, source),
      step: node.incrementor && expr(node.incrementor, source),
      body,
    };
  }
  const first = ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
  const target = first ? pattern(first.name, source) : expr(node.initializer as ts.Expression, source);
  return { ...where, ...none, kind: 'loop', target, source: expr(node.expression, source), body };
}

function classOf(node: ts.ClassDeclaration, source: ts.SourceFile, where: Place): Stmt {
  const body = node.members.flatMap((member): Stmt[] => {
    const here = at(member, source);
    const name = member.name?.getText(source) ?? 'constructor';
    if ((ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member) || ts.isAccessor(member)) && member.body)
      return [{ ...here, kind: 'define', name, value: functionOf(member, source), decorators: decorators(member, source) }];
    if (ts.isPropertyDeclaration(member))
      return [
        {
          ...here,
          kind: 'declare',
          target: { ...here, kind: 'name', name },
          value: member.initializer && expr(member.initializer, source),
          constant: false,
        },
      ];
    return [{ ...here, kind: 'opaque', text: member.getText(source) }];
  });
  return { ...where, kind: 'class', name: node.name?.text ?? 'default', body, decorators: decorators(node, source) };
}

function decorators(node: ts.Node, source: ts.SourceFile): Expr[] {
  return ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []).map((decorator) => expr(decorator.expression, source)) : [];
}

function imported(node: ts.ImportDeclaration, where: Place): Stmt {
  const clause = node.importClause;
  const names: { imported: string; local: string }[] = [];
  if (clause?.name) names.push({ imported: 'default', local: clause.name.text });
  const bindings = clause?.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.push({ imported: '*', local: bindings.name.text });
  if (bindings && ts.isNamedImports(bindings))
    for (const element of bindings.elements)
      names.push({ imported: element.propertyName?.text ?? element.name.text, local: element.name.text });
  return { ...where, kind: 'import', source: (node.moduleSpecifier as ts.StringLiteral).text, names };
}

function pattern(node: ts.BindingName, source: ts.SourceFile): Expr {
  const where = at(node, source);
  if (ts.isIdentifier(node)) return { ...where, kind: 'name', name: node.text };
  const withDefault = (element: ts.BindingElement): Expr => {
    const inner = pattern(element.name, source);
    if (element.dotDotDotToken) return { ...inner, kind: 'spread', value: inner };
    return element.initializer
      ? { ...at(element, source), kind: 'assign', op: '=', target: inner, value: expr(element.initializer, source) }
      : inner;
  };
  if (ts.isArrayBindingPattern(node))
    return {
      ...where,
      kind: 'list',
      items: node.elements.map((element) =>
        ts.isOmittedExpression(element) ? { ...at(element, source), kind: 'literal', value: undefined } : withDefault(element),
      ),
    };
  const entries = node.elements.map((element): Entry => {
    const named = element.propertyName ?? element.name;
    return { key: ts.isIdentifier(named) || ts.isStringLiteral(named) ? named.text : named.getText(source), value: withDefault(element) };
  });
  return { ...where, kind: 'object', entries };
}

function functionOf(node: ts.FunctionLikeDeclaration, source: ts.SourceFile): FunctionExpr {
  const body: Stmt[] = !node.body
    ? []
    : ts.isBlock(node.body)
      ? block(node.body, source)
      : [{ ...at(node.body, source), kind: 'return', value: expr(node.body, source), implicit: true }];
  const params = node.parameters.map((parameter): Expr => {
    const inner = pattern(parameter.name, source);
    if (parameter.dotDotDotToken) return { ...inner, kind: 'spread', value: inner };
    return parameter.initializer
      ? { ...at(parameter, source), kind: 'assign', op: '=', target: inner, value: expr(parameter.initializer, source) }
      : inner;
  });
  return {
    ...at(node, source),
    kind: 'function',
    name: node.name && ts.isIdentifier(node.name) ? node.name.text : undefined,
    params,
    body,
    isAsync: ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword),
  };
}

function objectOf(node: ts.ObjectLiteralExpression, source: ts.SourceFile): readonly Entry[] {
  return node.properties.map((property): Entry => {
    if (ts.isSpreadAssignment(property)) {
      const value = expr(property.expression, source);
      return { key: '...', value: { ...at(property, source), kind: 'spread', value } };
    }
    const name = property.name;
    const key = ts.isComputedPropertyName(name)
      ? expr(name.expression, source)
      : ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name)
        ? name.text
        : name.getText(source);
    if (ts.isShorthandPropertyAssignment(property))
      return { key, value: { ...at(property, source), kind: 'name', name: property.name.text } };
    if (ts.isPropertyAssignment(property)) return { key, value: expr(property.initializer, source) };
    return { key, value: functionOf(property, source) };
  });
}

function expr(node: ts.Expression, source: ts.SourceFile): Expr {
  const where = at(node, source);
  const read = (value: ts.Expression): Expr => expr(value, source);
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isTypeAssertionExpression(node)
  )
    return read(node.expression);
  if (ts.isIdentifier(node))
    return node.text === 'undefined' ? { ...where, kind: 'literal', value: undefined } : { ...where, kind: 'name', name: node.text };
  if (ts.isStringLiteralLike(node)) return { ...where, kind: 'literal', value: node.text };
  if (ts.isNumericLiteral(node)) return { ...where, kind: 'literal', value: Number(node.text) };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
    return { ...where, kind: 'literal', value: node.kind === ts.SyntaxKind.TrueKeyword };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { ...where, kind: 'literal', value: null };
  if (node.kind === ts.SyntaxKind.ThisKeyword) return { ...where, kind: 'name', name: 'this' };
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return { ...where, kind: 'regex', source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  if (ts.isPropertyAccessExpression(node))
    return { ...where, kind: 'member', object: read(node.expression), name: node.name.text, optional: node.questionDotToken !== undefined };
  if (ts.isElementAccessExpression(node)) {
    const optional = node.questionDotToken !== undefined;
    const object = read(node.expression);
    if (ts.isStringLiteralLike(node.argumentExpression))
      return { ...where, kind: 'member', object, name: node.argumentExpression.text, optional };
    return { ...where, kind: 'index', object, index: read(node.argumentExpression), optional };
  }
  if (ts.isCallExpression(node) || ts.isNewExpression(node))
    return {
      ...where,
      kind: 'call',
      callee: read(node.expression),
      args: (node.arguments ?? []).map(read),
      optional: ts.isCallExpression(node) && node.questionDotToken !== undefined,
      isNew: ts.isNewExpression(node),
    };
  if (ts.isAwaitExpression(node)) return { ...where, kind: 'await', value: read(node.expression) };
  if (ts.isVoidExpression(node)) return { ...where, kind: 'unary', op: 'void', value: read(node.expression) };
  if (ts.isTypeOfExpression(node)) return { ...where, kind: 'unary', op: 'typeof', value: read(node.expression) };
  if (ts.isDeleteExpression(node)) return { ...where, kind: 'unary', op: 'delete', value: read(node.expression) };
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return functionOf(node, source);
  if (ts.isArrayLiteralExpression(node)) return { ...where, kind: 'list', items: node.elements.map(read) };
  if (ts.isSpreadElement(node)) return { ...where, kind: 'spread', value: read(node.expression) };
  if (ts.isObjectLiteralExpression(node)) return { ...where, kind: 'object', entries: objectOf(node, source) };
  if (ts.isTemplateExpression(node)) {
    const text = (part: ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail): Expr => ({
      ...at(part, source),
      kind: 'literal',
      value: part.text,
    });
    return {
      ...where,
      kind: 'template',
      parts: [text(node.head), ...node.templateSpans.flatMap((span) => [read(span.expression), text(span.literal)])],
    };
  }
  if (ts.isConditionalExpression(node))
    return { ...where, kind: 'choice', test: read(node.condition), yes: read(node.whenTrue), no: read(node.whenFalse) };
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return unary(node, source, where);
  if (ts.isBinaryExpression(node)) {
    const op = node.operatorToken.getText(source);
    const [left, right] = [read(node.left), read(node.right)];
    if (/^(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=$/.test(op)) return { ...where, kind: 'assign', op, target: left, value: right };
    return { ...where, kind: 'binary', op, left, right };
  }
  return { ...where, kind: 'opaque', text: node.getText(source).replaceAll(/\s+/g, ' '), parts: [] };
}

function unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, source: ts.SourceFile, where: Place): Expr {
  const value = expr(node.operand, source);
  const op = ts.tokenToString(node.operator) ?? '';
  if (op === '-' && value.kind === 'literal' && typeof value.value === 'number') return { ...where, kind: 'literal', value: -value.value };
  if (op === '++' || op === '--')
    return { ...where, kind: 'assign', op: `${op[0]}=`, target: value, value: { ...where, kind: 'literal', value: 1 } };
  return { ...where, kind: 'unary', op, value };
}
