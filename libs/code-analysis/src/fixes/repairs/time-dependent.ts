import { calledName, type Expr, type Stmt } from '../code';
import { indentAt, sourceOf, type SourceEdit } from '../source-edit';
import { isGrowing } from '../vocabulary';
import { calledPath, valueOf } from './names';
import {
  alsoImport,
  expressionsIn,
  freeName,
  functionsAround,
  pythonImport,
  statementAt,
  type Proposal,
  type Repair,
  type TestText,
} from './repair';

const ONE_INSTANT_PRIOR = 0.55;
const FIXED_PRIOR = 0.6;
const FROZEN_PRIOR = 0.5;
const ZONE_PRIOR = 0.6;
const WINDOW_PRIOR = 0.65;
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
    ? [
        ...fixedPython(test, here),
        ...utcPython(test, here),
        ...zonedPython(test, expressionsIn([at.stmt])),
        ...windowed(test, at.stmt, around?.body ?? []),
      ]
    : [
        ...oneInstant(test, clocks),
        ...fixed(here),
        ...(clocks.length > 0 || here.length > 0 ? frozen(test, around) : []),
        ...windowed(test, at.stmt, around?.body ?? []),
        ...zoned(test, expressionsIn([at.stmt])),
        ...utcParts(expressionsIn(test.module.body)),
      ];
};

interface Clock {
  readonly call: Expr & { kind: 'call' };
  readonly path: string;
}

function clocksIn(test: TestText, exprs: readonly Expr[]): Clock[] {
  return exprs.flatMap((expr) => {
    if (expr.kind !== 'call' || expr.args.length > 0) return [];
    const path = calledPath(test, expr);
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

/**
 * A time of the product that is compared with the test's own clock lies between what the clock said before and what it says now, each cut off in the
 * same way.
 */
function windowed(test: TestText, at: Stmt, body: readonly Stmt[]): Proposal[] {
  const { text, python, semicolon, eol } = test.writing;
  const ofClock = (expr: Expr): Expr | undefined => {
    const value = valueOf(test, expr);
    return isGrowing(value, test.module.language) ? value : undefined;
  };
  const [first] = body;
  return body.flatMap((stmt): Proposal[] => {
    const compared = equalityIn(stmt);
    const clock = compared && ofClock(compared.expected);
    // The comparison itself, or where the clock that it uses is read.
    if (!compared || !clock || (stmt !== at && !(at.start <= clock.start && clock.end <= at.end))) return [];
    const [subject, high] = [sourceOf(text, compared.subject), sourceOf(text, clock)];
    // Read in the assertion itself, it is the later moment; the earlier one is the beginning of the test.
    const isInline = clock === compared.expected;
    const low = isInline ? freeName(test, 'earliest') : sourceOf(text, compared.expected);
    if (!first || (isInline && first === stmt)) return [];
    const indent = indentAt(text, stmt.start);
    const lines = python
      ? [`assert ${low} <= ${subject} <= ${high}`]
      : isOfText(clock)
        ? [`expect(${subject} >= ${low}).toBe(true)${semicolon}`, `expect(${subject} <= ${high}).toBe(true)${semicolon}`]
        : [`expect(${subject}).toBeGreaterThanOrEqual(${low})${semicolon}`, `expect(${subject}).toBeLessThanOrEqual(${high})${semicolon}`];
    return [
      {
        title: 'Asserts that the time lies between the moment before and the one after',
        prior: WINDOW_PRIOR,
        edits: [
          ...(isInline
            ? [
                {
                  start: first.start,
                  end: first.start,
                  text: `${python ? '' : 'const '}${low} = ${high}${semicolon}${eol}${indentAt(text, first.start)}`,
                },
              ]
            : []),
          { start: stmt.start, end: stmt.end, text: lines.join(eol + indent) },
        ],
      },
    ];
  });
}

/** `expect(subject).toBe(name)`, `assert subject == name`. */
function equalityIn(stmt: Stmt): { readonly subject: Expr; readonly expected: Expr } | undefined {
  if (stmt.kind === 'assert' && stmt.test.kind === 'binary' && /^===?$/.test(stmt.test.op))
    return { subject: stmt.test.left, expected: stmt.test.right };
  const call = stmt.kind === 'expression' ? stmt.value : undefined;
  if (call?.kind !== 'call' || call.callee.kind !== 'member' || !/^to(?:Be|Equal|StrictEqual)$/.test(call.callee.name)) return undefined;
  const [expected] = call.args;
  const { object } = call.callee;
  const [subject] = object.kind === 'call' && calledName(object) === 'expect' ? object.args : [];
  return subject && expected ? { subject, expected } : undefined;
}

function isOfText(expr: Expr): boolean {
  return expr.kind === 'call' && /^(?:toISOString|toJSON|slice|substring)$/.test(calledName(expr));
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

/** `time.strftime(form)` and `time.localtime()` are in the machine's zone. */
function zonedPython(test: TestText, exprs: readonly Expr[]): Proposal[] {
  const edits = exprs.flatMap((expr): SourceEdit[] => {
    if (expr.kind !== 'call') return [];
    const path = calledPath(test, expr);
    const [form] = expr.args;
    if (path === 'time.localtime') return [{ start: expr.callee.start, end: expr.callee.end, text: 'time.gmtime' }];
    return path === 'time.strftime' && form && expr.args.length === 1 ? [{ start: form.end, end: form.end, text: ', time.gmtime()' }] : [];
  });
  return edits.length > 0 ? [{ title: 'Takes the time in UTC', prior: ZONE_PRIOR, edits: [...pythonImport(test, 'time'), ...edits] }] : [];
}

/** What to add to `from datetime import ...`, and how the names are then written; undefined where the module itself is imported. */
function fromDatetime(test: TestText): { readonly edit: SourceEdit[] } | undefined {
  const stmt = test.module.body.find((one) => one.kind === 'import' && one.source === 'datetime');
  if (stmt?.kind !== 'import' || stmt.names.some((name) => name.imported === '*')) return undefined;
  const missing = ['datetime', 'timezone'].filter((name) => !stmt.names.some((one) => one.local === name));
  const at =
    test.writing.text.lastIndexOf(' ', stmt.end) < stmt.start
      ? stmt.end
      : stmt.start + test.writing.text.slice(stmt.start, stmt.end).trimEnd().length;
  return { edit: missing.length > 0 ? [{ start: at, end: at, text: `, ${missing.join(', ')}` }] : [] };
}

function utcPython(test: TestText, clocks: readonly Clock[]): Proposal[] {
  const names = fromDatetime(test);
  const now = names ? 'datetime.now(timezone.utc)' : 'datetime.datetime.now(datetime.timezone.utc)';
  const edits = clocks.flatMap(({ call, path }): SourceEdit[] =>
    /^datetime\.(?:date\.today|datetime\.(?:now|today))$/.test(path)
      ? [{ start: call.start, end: call.end, text: path.endsWith('date.today') ? `${now}.date()` : now }]
      : [],
  );
  return edits.length > 0 ? [{ title: 'Takes the time in UTC', prior: ZONE_PRIOR, edits: [...(names?.edit ?? []), ...edits] }] : [];
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
