import { pathOf, type Expr } from '../code';
import { indentAt, sourceOf, type SourceEdit } from '../source-edit';
import { alsoImport, expressionsIn, freeName, functionsAround, statementAt, type Proposal, type Repair, type TestText } from './repair';

const ONE_INSTANT_PRIOR = 0.55;
const FIXED_PRIOR = 0.6;
const FROZEN_PRIOR = 0.5;
const ZONE_PRIOR = 0.6;
/** The middle of a day, of a month with a next one, in no week in which a zone changes its clock. */
const INSTANT = '2024-01-15T12:00:00Z';

/** One instant for both sides, a fixed one, a clock that stands still, or a zone that is named. */
export const fixedTime: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const around = functionsAround(test, at.stmt.start).at(-1);
  const clocks = around ? clocksIn(test, expressionsIn(around.body)) : [];
  const here = clocksIn(test, expressionsIn([at.stmt]));
  return test.writing.python
    ? [...fixedPython(test, here), ...utcPython(test, here)]
    : [
        ...oneInstant(test, clocks),
        ...fixed(here),
        ...frozen(test, around),
        ...zoned(test, expressionsIn([at.stmt])),
        ...utcParts(expressionsIn(around?.body ?? [])),
      ];
};

interface Clock {
  readonly call: Expr & { kind: 'call' };
  readonly path: string;
}

function clocksIn(test: TestText, exprs: readonly Expr[]): Clock[] {
  return exprs.flatMap((expr) => {
    if (expr.kind !== 'call' || expr.args.length > 0) return [];
    const path = pathOf(expr.callee) ?? '';
    const known = test.writing.python ? /^(?:datetime\.)?(?:datetime\.(?:now|utcnow|today)|date\.today)$/ : /^(?:Date|Date\.now)$/;
    return known.test(path) && (path !== 'Date' || expr.isNew) ? [{ call: expr, path }] : [];
  });
}

function oneInstant(test: TestText, clocks: readonly Clock[]): Proposal[] {
  const [first] = clocks;
  if (clocks.length < 2 || !first) return [];
  const stmt = statementAt(test, first.call.line)?.stmt;
  if (!stmt) return [];
  const { text, semicolon, eol } = test.writing;
  const name = freeName(test, 'instant');
  const uses = clocks.map(({ call, path }): SourceEdit => ({
    start: call.start,
    end: call.end,
    text: path === 'Date' ? `new Date(${name})` : name,
  }));
  return [
    {
      title: 'Takes the time once and uses it on both sides',
      prior: ONE_INSTANT_PRIOR,
      edits: [
        { start: stmt.start, end: stmt.start, text: `const ${name} = Date.now()${semicolon}${eol}${indentAt(text, stmt.start)}` },
        ...uses,
      ],
    },
  ];
}

function fixed(clocks: readonly Clock[]): Proposal[] {
  if (clocks.length === 0) return [];
  const edits = clocks.map(({ call, path }): SourceEdit => ({
    start: call.start,
    end: call.end,
    text: path === 'Date' ? `new Date('${INSTANT}')` : `Date.parse('${INSTANT}')`,
  }));
  return [{ title: `Uses a fixed time (${INSTANT}) instead of the present one`, prior: FIXED_PRIOR, edits }];
}

/** The clock of the test's process stands still and goes on afterwards. */
function frozen(test: TestText, around: (Expr & { kind: 'function' }) | undefined): Proposal[] {
  const owner = test.framework === 'vitest' ? 'vi' : test.framework === 'jest' ? 'jest' : undefined;
  const [first] = around?.body ?? [];
  const last = around?.body.at(-1);
  if (!owner || !first || !last) return [];
  const imports = owner === 'vi' ? alsoImport(test, 'vitest', 'vi') : [];
  if (!imports) return [];
  const { text, semicolon, eol, step } = test.writing;
  const indent = indentAt(text, first.start);
  const body = text.slice(first.start, last.end).split(/\r?\n/);
  if (/`[^`]*\n/.test(text.slice(first.start, last.end))) return [];
  const moved = body.map((line, index) => (index === 0 || line.trim() === '' ? line : step + line)).join(eol);
  const options =
    owner === 'vi' ? `{ now: new Date('${INSTANT}'), toFake: ['Date'] }` : `{ now: new Date('${INSTANT}'), advanceTimers: true }`;
  return [
    {
      title: 'Lets the clock of the test stand still',
      prior: FROZEN_PRIOR,
      edits: [
        ...imports,
        {
          start: first.start,
          end: last.end,
          text: `${owner}.useFakeTimers(${options})${semicolon}${eol}${indent}try {${eol}${indent}${step}${moved}${eol}${indent}} finally {${eol}${indent}${step}${owner}.useRealTimers()${semicolon}${eol}${indent}}`,
        },
      ],
    },
  ];
}

function zoned(test: TestText, exprs: readonly Expr[]): Proposal[] {
  return exprs.flatMap((expr): Proposal[] => {
    if (
      expr.kind !== 'call' ||
      expr.callee.kind !== 'member' ||
      !/^toLocale(?:Date|Time)?String$/.test(expr.callee.name) ||
      expr.args.length > 1
    )
      return [];
    const { text } = test.writing;
    const open = text.indexOf('(', expr.callee.end);
    const [locale] = expr.args;
    const edit: SourceEdit = locale
      ? { start: locale.end, end: locale.end, text: `, { timeZone: 'UTC' }` }
      : { start: open + 1, end: open + 1, text: `undefined, { timeZone: 'UTC' }` };
    return [{ title: 'Names the time zone', prior: ZONE_PRIOR, edits: [edit] }];
  });
}

/** The parts of dates are taken in UTC, as services give them, rather than in the machine's zone. */
function utcParts(exprs: readonly Expr[]): Proposal[] {
  const edits = exprs.flatMap((expr): SourceEdit[] => {
    if (
      expr.kind !== 'call' ||
      expr.callee.kind !== 'member' ||
      !/^[gs]et(?:FullYear|Month|Date|Day|Hours|Minutes)$/.test(expr.callee.name)
    )
      return [];
    const { end, name } = expr.callee;
    return [{ start: end - name.length + 3, end: end - name.length + 3, text: 'UTC' }];
  });
  return edits.length > 0 ? [{ title: 'Takes the parts of the date in UTC', prior: ZONE_PRIOR, edits }] : [];
}

function utcPython(test: TestText, clocks: readonly Clock[]): Proposal[] {
  const edits = clocks.flatMap(({ call, path }): SourceEdit[] => {
    if (!/^datetime\.(?:date\.today|datetime\.(?:now|today))$/.test(path)) return [];
    const now = 'datetime.datetime.now(datetime.timezone.utc)';
    return [{ start: call.start, end: call.end, text: path.endsWith('date.today') ? `${now}.date()` : now }];
  });
  return edits.length > 0 ? [{ title: 'Takes the time in UTC', prior: ZONE_PRIOR, edits }] : [];
}

function fixedPython(test: TestText, clocks: readonly Clock[]): Proposal[] {
  if (clocks.length === 0) return [];
  const edits = clocks.map(({ call, path }): SourceEdit => {
    const type = sourceOf(test.writing.text, call.callee).replace(/\.(?:now|utcnow|today)$/, '');
    return {
      start: call.start,
      end: call.end,
      text: path.includes('date.today') ? `${type}(2024, 1, 15)` : `${type}(2024, 1, 15, 12, 0, 0)`,
    };
  });
  return [{ title: 'Uses a fixed time instead of the present one', prior: FIXED_PRIOR, edits }];
}
