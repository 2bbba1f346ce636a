import ts from 'typescript';

/** Where an exported name comes from: a node of this module, or a name of another one. */
type Export = { readonly node: ts.Node } | { readonly from: string; readonly name: string };

/** One parsed file with what other files can import from it. */
export interface ModuleSyntax {
  /** Project-relative, with forward slashes. */
  readonly path: string;
  readonly source: ts.SourceFile;
  readonly exports: ReadonlyMap<string, Export>;
  /** Specifiers of `export * from`. */
  readonly exportsAll: readonly string[];
  /** The right side of `module.exports = ...`. */
  readonly commonJs?: ts.Expression;
}

export interface SyntaxProblem {
  readonly line: number;
  readonly message: string;
}

export function lineOf(node: ts.Node, source: ts.SourceFile = node.getSourceFile()): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Parses TypeScript or JavaScript. With a syntax error there is no module: half a file read as a whole one would mislead. */
export function parseModule(path: string, text: string): { readonly module: ModuleSyntax } | { readonly problem: SyntaxProblem } {
  let source: ts.SourceFile;
  try {
    source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, scriptKind(path));
  } catch (error) {
    // The parser descends by recursion, and data written as code can nest deeper than the stack is.
    if (error instanceof RangeError) return { problem: { line: 1, message: 'its expressions are nested too deeply' } };
    throw error;
  }
  // The parser's own findings have no public accessor; the public way (a whole Program) reads files and costs a hundred times more.
  const [error] = (source as unknown as { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
  if (error) {
    const line = source.getLineAndCharacterOfPosition(error.start).line + 1;
    return { problem: { line, message: ts.flattenDiagnosticMessageText(error.messageText, ' ') } };
  }
  const exports = new Map<string, Export>();
  const exportsAll: string[] = [];
  let commonJs: ts.Expression | undefined;
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) readExportDeclaration(statement, exports, exportsAll);
    else if (ts.isExportAssignment(statement)) {
      if (statement.isExportEquals) commonJs = statement.expression;
      else exports.set('default', { node: statement.expression });
    } else if (ts.isExpressionStatement(statement)) commonJs = readCommonJs(statement.expression, exports) ?? commonJs;
    else readExportedDeclaration(statement, exports);
  }
  return { module: { path, source, exports, exportsAll, ...(commonJs && { commonJs }) } };
}

function scriptKind(path: string): ts.ScriptKind {
  if (path.endsWith('.tsx')) return ts.ScriptKind.TSX;
  // JSX is read in plain JavaScript too; in TypeScript it would forbid `<T>x` casts.
  return /\.[cm]?ts$/.test(path) ? ts.ScriptKind.TS : ts.ScriptKind.JSX;
}

function readExportDeclaration(statement: ts.ExportDeclaration, exports: Map<string, Export>, exportsAll: string[]): void {
  const from = statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : undefined;
  const clause = statement.exportClause;
  if (!clause) {
    if (from !== undefined) exportsAll.push(from);
  } else if (ts.isNamespaceExport(clause)) {
    if (from !== undefined) exports.set(clause.name.text, { from, name: '*' });
  } else
    for (const element of clause.elements) {
      const local = element.propertyName ?? element.name;
      exports.set(element.name.text, from !== undefined ? { from, name: local.text } : { node: local });
    }
}

function readExportedDeclaration(statement: ts.Statement, exports: Map<string, Export>): void {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return;
  const byDefault = modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
  if (ts.isVariableStatement(statement)) {
    for (const declaration of statement.declarationList.declarations) {
      if (ts.isIdentifier(declaration.name)) exports.set(declaration.name.text, { node: declaration });
      else
        for (const element of declaration.name.elements)
          if (ts.isBindingElement(element) && ts.isIdentifier(element.name)) exports.set(element.name.text, { node: element });
    }
  } else if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  ) {
    if (statement.name) exports.set(statement.name.text, { node: statement });
    if (byDefault) exports.set('default', { node: statement });
  }
}

/** `module.exports = x`, `module.exports.a = x`, `exports.a = x`; also chained (`exports = module.exports = x`). Returns the whole export. */
function readCommonJs(expression: ts.Expression, exports: Map<string, Export>): ts.Expression | undefined {
  if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const { left, right } = expression;
  const inner = readCommonJs(right, exports);
  if (isModuleExports(left)) return inner ?? right;
  if (
    ts.isPropertyAccessExpression(left) &&
    (isModuleExports(left.expression) || (ts.isIdentifier(left.expression) && left.expression.text === 'exports'))
  )
    exports.set(left.name.text, { node: right });
  return inner;
}

function isModuleExports(node: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'exports' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'module'
  );
}
