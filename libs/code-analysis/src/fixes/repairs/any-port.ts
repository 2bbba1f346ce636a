import type { Expr } from '../code';
import { sourceOf, type SourceEdit } from '../source-edit';
import { valueOf } from './names';
import { expressionsIn, functionsAround, statementAt, type Repair } from './repair';

const ANY_PORT_PRIOR = 0.7;

/** A server of the test takes any free port, and is asked there. */
export const anyPort: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  const around = at && functionsAround(test, at.stmt.start)[0];
  if (!at || !around || test.writing.python) return [];
  const { text } = test.writing;
  return expressionsIn([at.stmt]).flatMap((expr) => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'member' || expr.callee.name !== 'listen') return [];
    const [port] = expr.args;
    const value = port && valueOf(test, port);
    const server = rootOf(expr.callee.object);
    if (!port || value?.kind !== 'literal' || typeof value.value !== 'number' || value.value === 0 || server === undefined) return [];
    const said = `:${value.value}`;
    const given = `${server}.address().port`;
    const uses = expressionsIn(around.body).flatMap((used): SourceEdit[] => {
      if (port.kind === 'name' && used.kind === 'name' && used.name === port.name && used.start > expr.end)
        return [{ start: used.start, end: used.end, text: given }];
      if (used.kind !== 'literal' || typeof used.value !== 'string' || !used.value.includes(said)) return [];
      const source = sourceOf(text, used);
      if (!/^(["'`])[^"'`$\\]*\1$/.test(source)) return [];
      return [{ start: used.start, end: used.end, text: `\`${source.slice(1, -1).replace(said, `:\${${given}}`)}\`` }];
    });
    return [
      {
        title: 'Listens on any free port instead of a fixed one',
        prior: ANY_PORT_PRIOR,
        edits: [{ start: port.start, end: port.end, text: '0' }, ...uses],
      },
    ];
  });
};

function rootOf(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind === 'member') return rootOf(expr.object);
  return expr.kind === 'call' ? rootOf(expr.callee) : undefined;
}
