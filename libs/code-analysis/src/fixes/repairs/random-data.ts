import { pathOf, someExpr, type CallExpr, type Expr, type Stmt } from '../code';
import { indentAt, sourceOf } from '../source-edit';
import { calledPath, isHere, ownFunction, randomIn, valueOf } from './names';
import { expressionsIn, functionsAround, pythonImport, statementAt, type Proposal, type Repair, type TestText } from './repair';

const FIXED_PRIOR = 0.7;
const SEEDED_PRIOR = 0.65;
const UNIQUE_PRIOR = 0.6;
const ALIKE_PRIOR = 0.5;
/** Where in the range of what may be drawn: values at its ends are the odd ones. The second serves where the middle is odd itself. */
const MIDDLE = 0.5;
const UPPER = 0.75;
const UPPER_PRIOR = 0.45;
/** Any will do; it only must stay the same. */
const SEED = 20_240_115;
/** For a number of which only that is known. */
const ANY_NUMBER = '3';

/** Fixed representative values, a seed, or, where values must differ, ones that cannot be alike. */
export const fixedData: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const random = randomIn(test, at.stmt);
  if (random.length === 0) return [];
  const drawn = random.filter((call) => ownFunction(test, call) === undefined);
  return [
    ...(test.writing.python ? python(test, at.stmt, drawn) : script(test, at.stmt, drawn)),
    ...random.flatMap((call) => ofHelper(test, at.stmt, call)),
  ];
};

function script(test: TestText, stmt: Stmt, random: readonly CallExpr[]): Proposal[] {
  const { text, semicolon, eol } = test.writing;
  const proposals: Proposal[] = [];
  for (const share of [MIDDLE, UPPER]) {
    const edits = random.flatMap((call) => {
      const value = middleOf(test, call, share);
      return value === undefined ? [] : [{ start: call.start, end: call.end, text: value }];
    });
    if (edits.length === 0) continue;
    const declared = stmt.kind === 'declare' ? stmt.value : undefined;
    const whole = declared && folded(test, declared, share);
    const prior = share === MIDDLE ? FIXED_PRIOR : UPPER_PRIOR;
    if (declared && whole !== undefined)
      proposals.push({
        title: `Uses ${whole} instead of a random number`,
        prior,
        edits: [{ start: declared.start, end: declared.end, text: String(whole) }],
      });
    // Several draws of one statement are fixed to one value, which may be what made it fail.
    else
      proposals.push({
        title: `Uses a fixed value ${share === MIDDLE ? 'from the middle' : 'from above the middle'} instead of a random one`,
        prior: edits.length > 1 ? Math.min(prior, ALIKE_PRIOR) : prior,
        edits,
      });
  }
  proposals.push(...unlike(test, stmt), ...unshuffled(test, stmt));
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

/** A random number in a text makes a name. All such names of the test become ones that cannot be alike. */
function unlike(test: TestText, stmt: Stmt): Proposal[] {
  const around = functionsAround(test, stmt.start).at(-1);
  const numbersIn = (stmts: readonly Stmt[]): Expr[] =>
    expressionsIn(stmts)
      .flatMap((expr) =>
        expr.kind === 'template' ? expr.parts : expr.kind === 'binary' && expr.op === '+' && isTextual(expr.left) ? [expr.right] : [],
      )
      .filter((part) => part.kind !== 'literal' && someExpr(part, (inner) => inner.kind === 'call' && middleOf(test, inner) !== undefined));
  if (numbersIn([stmt]).length === 0) return [];
  return [
    {
      title: 'Names what must differ by identifiers that no other has, instead of random numbers',
      prior: UNIQUE_PRIOR,
      edits: numbersIn(around?.body ?? [stmt]).map((part) => ({ start: part.start, end: part.end, text: 'crypto.randomUUID()' })),
    },
  ];
}

function isTextual(expr: Expr): boolean {
  return (
    (expr.kind === 'literal' && typeof expr.value === 'string') ||
    expr.kind === 'template' ||
    (expr.kind === 'binary' && isTextual(expr.left))
  );
}

/** `list.sort(() => Math.random() - 0.5)` is left as it was written. */
function unshuffled(test: TestText, stmt: Stmt): Proposal[] {
  return expressionsIn([stmt]).flatMap((expr): Proposal[] => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'member' || !/^(?:sort|toSorted)$/.test(expr.callee.name)) return [];
    const [by] = expr.args;
    const only = by?.kind === 'function' ? by.body[0] : undefined;
    if (
      only?.kind !== 'return' ||
      !only.value ||
      !someExpr(only.value, (part) => part.kind === 'call' && pathOf(part.callee) === 'Math.random')
    )
      return [];
    return [
      {
        title: 'Takes the elements in the order that they are written in',
        prior: FIXED_PRIOR,
        edits: [{ start: expr.start, end: expr.end, text: sourceOf(test.writing.text, expr.callee.object) }],
      },
    ];
  });
}

/** What a function of the project makes at random is written out here, as far as it can be told what it is. */
function ofHelper(test: TestText, stmt: Stmt, call: CallExpr): Proposal[] {
  const own = ownFunction(test, call);
  // A function of this file is mended where it draws.
  if (!own || isHere(test, own)) return [];
  const given = own.body.find((inner) => inner.kind === 'return');
  const value = given?.kind === 'return' ? given.value : undefined;
  if (!value) return [];
  const number = folded(test, value);
  const { quote, python: isPython } = test.writing;
  const name = stmt.kind === 'declare' && stmt.target.kind === 'name' ? stmt.target.name : 'value';
  const replaced = (title: string, prior: number, text: string): Proposal => ({
    title,
    prior,
    edits: [{ start: call.start, end: call.end, text }],
  });
  if (number !== undefined) return [replaced(`Uses ${number} instead of a random number`, FIXED_PRIOR, String(number))];
  if (isNumeric(value)) return [replaced('Uses a fixed number instead of a random one', FIXED_PRIOR * 0.7, ANY_NUMBER)];
  if (value.kind === 'object' || value.kind === 'list') return [];
  const text = `sample-${name}`;
  const unique = isPython ? `f${quote}${text}-{uuid.uuid4()}${quote}` : `\`${text}-\${crypto.randomUUID()}\``;
  return [
    replaced('Uses a fixed text instead of a random one', FIXED_PRIOR * 0.9, `${quote}${text}${quote}`),
    {
      ...replaced('Uses a text that no other run has instead of a random one', UNIQUE_PRIOR * 0.8, unique),
      edits: [...(isPython ? pythonImport(test, 'uuid') : []), { start: call.start, end: call.end, text: unique }],
    },
  ];
}

/** Arithmetic, or rounding. */
function isNumeric(expr: Expr): boolean {
  if (expr.kind === 'literal') return typeof expr.value === 'number';
  if (expr.kind === 'binary') return /^[-*/%]$/.test(expr.op) || (expr.op === '+' && isNumeric(expr.left) && isNumeric(expr.right));
  return (
    expr.kind === 'call' &&
    /^(?:Math\.\w+|(?:crypto\.)?randomInt|random\.(?:randint|randrange|random|uniform)|int|float|round|Number)$/.test(
      pathOf(expr.callee) ?? '',
    )
  );
}

/** What stands in the middle of the values that a call may give. */
function middleOf(test: TestText, call: CallExpr, share = MIDDLE): string | undefined {
  const path = calledPath(test, call);
  if (path === 'Math.random' || path === 'random.random') return String(share);
  const [first, second] = call.args.map((arg) => (arg.kind === 'literal' && typeof arg.value === 'number' ? arg.value : undefined));
  if (/(?:^|\.)(?:randomInt|randint|randrange|uniform)$/.test(path) && first !== undefined) {
    const [low, high] = second === undefined ? [0, first] : [first, second];
    return path.endsWith('uniform') ? String(low + (high - low) * share) : String(Math.floor(low + (high - low) * share));
  }
  return undefined;
}

/** The number that arithmetic over `Math.random()` gives in its middle. */
function folded(test: TestText, expr: Expr, share = MIDDLE): number | undefined {
  switch (expr.kind) {
    case 'literal':
      return typeof expr.value === 'number' ? expr.value : undefined;
    case 'call': {
      const path = pathOf(expr.callee) ?? '';
      if (path === 'Math.random') return share;
      const value = expr.args[0] && folded(test, expr.args[0], share);
      if (value !== undefined && expr.args.length === 1) {
        if (path === 'Math.floor' || path === 'Math.trunc') return Math.floor(value);
        if (path === 'Math.ceil') return Math.ceil(value);
        if (path === 'Math.round') return Math.round(value);
      }
      const middle = middleOf(test, expr, share);
      return middle === undefined ? undefined : Number(middle);
    }
    case 'binary': {
      const [left, right] = [folded(test, expr.left, share), folded(test, expr.right, share)];
      if (left === undefined || right === undefined) return undefined;
      const results: Readonly<Record<string, number>> = { '+': left + right, '-': left - right, '*': left * right, '/': left / right };
      return results[expr.op];
    }
    default:
      return undefined;
  }
}

function python(test: TestText, stmt: Stmt, random: readonly CallExpr[]): Proposal[] {
  const { text, eol } = test.writing;
  const proposals: Proposal[] = [];
  const fixed = random.flatMap((call) => {
    const value = middleOf(test, call) ?? firstOf(test, call);
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
function firstOf(test: TestText, call: CallExpr): string | undefined {
  const [list] = call.args;
  if (calledPath(test, call) !== 'random.choice' || !list) return undefined;
  const value = valueOf(test, list);
  const [first] = value.kind === 'list' ? value.items : [];
  return first ? sourceOf(test.writing.text, first) : undefined;
}
