import { pathOf, type Expr, type Stmt } from '../code';
import { sourceOf } from '../source-edit';
import { purposeOf } from '../vocabulary';
import { expressionsIn, statementAt, type Proposal, type Repair, type TestText } from './repair';
import { indentAt } from '../source-edit';

const FIXED_PRIOR = 0.7;
const SEEDED_PRIOR = 0.65;
const UNIQUE_PRIOR = 0.6;
/** Any will do; it only must stay the same. */
const SEED = 20_240_115;

/** Fixed representative values, a seed, or, where values must differ, ones that cannot be alike. */
export const fixedData: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const random = expressionsIn([at.stmt]).filter(
    (expr): expr is Expr & { kind: 'call' } => expr.kind === 'call' && purposeOf(expr, test.module.language) === 'random',
  );
  return test.writing.python ? python(test, at.stmt, random) : script(test, at.stmt, random);
};

function script(test: TestText, stmt: Stmt, random: readonly (Expr & { kind: 'call' })[]): Proposal[] {
  const { text, semicolon, eol } = test.writing;
  const proposals: Proposal[] = [];
  const edits = random.flatMap((call) => {
    const value = middleOf(call);
    return value === undefined ? [] : [{ start: call.start, end: call.end, text: value }];
  });
  if (edits.length > 0) {
    const whole = stmt.kind === 'declare' && stmt.value ? folded(stmt.value) : undefined;
    if (stmt.kind === 'declare' && stmt.value && whole !== undefined)
      proposals.push({
        title: `Uses ${whole} instead of a random number`,
        prior: FIXED_PRIOR,
        edits: [{ start: stmt.value.start, end: stmt.value.end, text: String(whole) }],
      });
    else proposals.push({ title: 'Uses a fixed value from the middle instead of a random one', prior: FIXED_PRIOR, edits });
  }
  for (const expr of expressionsIn([stmt])) {
    // `Math.random().toString(36)...` makes a name: what matters is that no two are alike.
    if (expr.kind === 'call' && /^Math\.random\(\)\.toString\(?\)?(?:\.\w+)?$/.test(pathOf(expr.callee) ?? ''))
      proposals.push({
        title: 'Uses an identifier that no other has instead of a random text',
        prior: UNIQUE_PRIOR,
        edits: [{ start: expr.start, end: expr.end, text: 'crypto.randomUUID()' }],
      });
  }
  if (random.some((call) => (pathOf(call.callee) ?? '').startsWith('faker.')))
    proposals.push({
      title: 'Seeds the generator',
      prior: SEEDED_PRIOR,
      edits: [{ start: stmt.start, end: stmt.start, text: `faker.seed(${SEED})${semicolon}${eol}${indentAt(text, stmt.start)}` }],
    });
  return proposals;
}

/** What stands in the middle of the values that a call may give. */
function middleOf(call: Expr & { kind: 'call' }): string | undefined {
  const path = pathOf(call.callee) ?? '';
  if (path === 'Math.random' || path === 'random.random') return '0.5';
  const [first, second] = call.args.map((arg) => (arg.kind === 'literal' && typeof arg.value === 'number' ? arg.value : undefined));
  if (/(?:^|\.)(?:randomInt|randint|randrange|uniform)$/.test(path) && first !== undefined) {
    const [low, high] = second === undefined ? [0, first] : [first, second];
    return path.endsWith('uniform') ? String((low + high) / 2) : String(Math.floor((low + high) / 2));
  }
  return undefined;
}

/** The number that arithmetic over `Math.random()` gives in its middle. */
function folded(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'literal':
      return typeof expr.value === 'number' ? expr.value : undefined;
    case 'call': {
      const path = pathOf(expr.callee) ?? '';
      if (path === 'Math.random') return 0.5;
      const value = expr.args[0] && folded(expr.args[0]);
      if (value !== undefined && expr.args.length === 1) {
        if (path === 'Math.floor' || path === 'Math.trunc') return Math.floor(value);
        if (path === 'Math.ceil') return Math.ceil(value);
        if (path === 'Math.round') return Math.round(value);
      }
      const middle = middleOf(expr);
      return middle === undefined ? undefined : Number(middle);
    }
    case 'binary': {
      const [left, right] = [folded(expr.left), folded(expr.right)];
      if (left === undefined || right === undefined) return undefined;
      const results: Readonly<Record<string, number>> = { '+': left + right, '-': left - right, '*': left * right, '/': left / right };
      return results[expr.op];
    }
    default:
      return undefined;
  }
}

function python(test: TestText, stmt: Stmt, random: readonly (Expr & { kind: 'call' })[]): Proposal[] {
  const { text, eol } = test.writing;
  const proposals: Proposal[] = [];
  const fixed = random.flatMap((call) => {
    const value = middleOf(call) ?? firstOf(test, call);
    return value === undefined ? [] : [{ start: call.start, end: call.end, text: value }];
  });
  if (fixed.length > 0) proposals.push({ title: 'Uses a fixed value instead of a random one', prior: FIXED_PRIOR, edits: fixed });
  const ofModule = random.filter(
    (call) => call.callee.kind === 'member' && call.callee.object.kind === 'name' && call.callee.object.name === 'random',
  );
  if (ofModule.length > 0) {
    proposals.push({
      title: 'Takes the values from a generator with a seed',
      prior: SEEDED_PRIOR,
      edits: ofModule
        .map((call) => ({ start: call.callee.start, end: call.callee.start + 'random'.length, text: `random.Random(${SEED})` }))
        .slice(0, 1),
    });
    proposals.push({
      title: 'Seeds the generator',
      prior: SEEDED_PRIOR * 0.9,
      edits: [{ start: stmt.start, end: stmt.start, text: `random.seed(${SEED})${eol}${indentAt(text, stmt.start)}` }],
    });
  }
  return proposals;
}

/** `random.choice(names)` becomes its first. */
function firstOf(test: TestText, call: Expr & { kind: 'call' }): string | undefined {
  const [list] = call.args;
  if (pathOf(call.callee) !== 'random.choice' || !list) return undefined;
  const [first] = list.kind === 'list' ? list.items : [];
  return first ? sourceOf(test.writing.text, first) : undefined;
}
