import ts from 'typescript';
import type { Modules } from '../syntax/definitions';

interface RoutePlace {
  readonly node: ts.Node;
}

/** Where a request's shape is written as text or as a pattern in one of the files: the statement or branch that it decides. The best fit. */
export function findRoute(modules: Modules, method: string, path: string, files: readonly string[]): RoutePlace | undefined {
  const wanted = path.split('/').filter((segment) => segment !== '');
  let best: { readonly node: ts.Node; readonly score: number } | undefined;
  for (const file of files) {
    const source = modules.get(file)?.source;
    if (!source) continue;
    const visit = (node: ts.Node): void => {
      const written = writtenPath(node, source);
      const fit = written === undefined ? 0 : fitOf(written, wanted);
      if (fit > 0) {
        const decides = decidedBy(node, method);
        // The method stands beside the path, in a comparison or as the name of a call.
        const score = fit + (new RegExp(`\\b${method}\\b`, 'i').test(headOf(decides, source)) ? 0.5 : 0);
        if (!best || score > best.score) best = { node: decides, score };
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return best;
}

/** The path that a literal, a template or a regular expression stands for, what varies as `{}`. */
function writtenPath(node: ts.Node, source: ts.SourceFile): string | undefined {
  if (ts.isStringLiteralLike(node))
    return /^(?:[A-Z]+ )?\//.test(node.text) ? node.text.replace(/^[A-Z]+ /, '').replace(/:\w+|\{\w*\}/g, '{}') : undefined;
  if (ts.isTemplateExpression(node)) {
    const text = node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join('');
    return text.startsWith('/') ? text : undefined;
  }
  if (ts.isRegularExpressionLiteral(node)) {
    const pattern = node
      .getText(source)
      .replace(/^\/\^?|\$?\/[a-z]*$/g, '')
      .replaceAll('\\/', '/');
    if (!pattern.startsWith('/')) return undefined;
    return pattern.replace(/\([^()]*\)|\[[^\]]*\][+*]?|\\[dw][+*]?/g, '{}').replace(/(?:\{\})+/g, '{}');
  }
  return undefined;
}

/** How many segments agree; 0 for another path. The beginning of a longer path counts less than the whole. */
function fitOf(written: string, wanted: readonly string[]): number {
  const segments = (written.split('?')[0] ?? '').split('/').filter((segment) => segment !== '');
  if (segments.length === 0 || segments.length > wanted.length) return 0;
  const agrees = segments.every((segment, at) => segment === wanted[at] || segment === '{}');
  const literal = segments.filter((segment) => segment !== '{}').length;
  return !agrees || literal === 0 ? 0 : segments.length === wanted.length ? 1 + literal : literal / 2;
}

/** The branch, case, property or call that the text belongs to. */
function decidedBy(node: ts.Node, method: string): ts.Node {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isIfStatement(parent) || ts.isCaseClause(parent) || ts.isPropertyAssignment(parent) || ts.isArrayLiteralExpression(parent))
      return parent;
    if (ts.isVariableStatement(parent)) return usedBy(parent, method) ?? parent;
    if (ts.isStatement(parent) && !ts.isBlock(parent)) return parent;
    if (ts.isCallExpression(parent) && parent.arguments.length > 1) return parent;
  }
  return node;
}

/** `const match = /.../.exec(path); if (method === 'GET' && match) ...`: the statement after it that asks for what was found. */
function usedBy(statement: ts.VariableStatement, method: string): ts.Node | undefined {
  const block = statement.parent;
  if (!ts.isBlock(block) && !ts.isSourceFile(block)) return undefined;
  const names = statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const source = statement.getSourceFile();
  const later = block.statements.filter((other) => other.pos >= statement.end && ts.isIfStatement(other));
  const using = later.filter((other) => names.some((name) => new RegExp(`\\b${name}\\b`).test(headOf(other, source))));
  return using.find((other) => new RegExp(`\\b${method}\\b`, 'i').test(headOf(other, source))) ?? using[0];
}

const HEAD_LENGTH = 200;

function headOf(node: ts.Node, source: ts.SourceFile): string {
  return source.text.slice(node.getStart(source), Math.min(node.end, node.getStart(source) + HEAD_LENGTH));
}
