import { calledName, made, partsOf, pathOf, someExpr, type Expr } from './code';
import { keyOf } from './code-key';
import { isTextual, unsorted } from './sorting';
import { joined } from './trace';
import { hasUnique, isClock, isFromOutside, isOwnData, isUnstable } from './vocabulary';

type Language = 'typescript' | 'python';

/** What the test's own data were before, and what they are now: the same change must hold wherever the value is used. */
export interface Changes {
  readonly language: Language;
  readonly values: Map<string, readonly Expr[]>;
  /** Keys of what is expected somewhere in the scope. */
  readonly asserted: ReadonlySet<string>;
  /** A list may be sorted by now. */
  readonly anyOrder?: boolean;
}

/**
 * As what a value is compared. `data` may be made unique or fixed, and such a change is kept; `expected` may only follow changes of
 * data; `subject` is read from the product: only the data of its requests may change.
 */
export type Role = 'data' | 'expected' | 'subject';

/** Time-outs that a fix may set, in ms: the limit of a whole test (`test_timeout_seconds`). */
export const LONGEST_TIMEOUT_MS = 30_000;

export function newChanges(language: Language, asserted: ReadonlySet<string> = new Set()): Changes {
  return { language, values: new Map(), asserted };
}

/** True when `after` is what `before` was, but for changes of data that are allowed. */
export function isSame(before: Expr, after: Expr, role: Role, changes: Changes): boolean {
  if (keyOf(before) === keyOf(after)) return isNotEarlier(before, after);
  if (after.kind === 'either') return after.values.every((value) => isSame(before, value, role, changes));
  if (before.kind === 'either') return before.values.some((value) => isSame(value, after, role, changes));
  if (changes.anyOrder) {
    const now = unsorted(after);
    if (now.sorted && !unsorted(before).sorted && !isTextual(before) && isSame(before, now.base, role, changes)) return true;
  }
  if (isClock(before, changes.language) && isClock(after, changes.language)) return true;
  if (role === 'data' && isNewData(before, after, changes.language)) return kept(before, after, changes);
  if (role === 'expected' && followsData(before, after, changes)) return true;
  if (isText(before) && isText(after)) {
    if (sameText(before, after, role, changes)) return true;
  }
  if (before.kind === 'index' && after.kind === 'call' && sameFound(before, after, role, changes)) return true;
  return sameParts(before, after, role, changes);
}

/** A read must not stand before an action that it stood behind. */
function isNotEarlier(before: Expr, after: Expr): boolean {
  if (before === after) return true;
  if (before.kind === 'call' && after.kind === 'call' && isEarlier(after.epoch, before.epoch)) return false;
  const [from, to] = [partsOf(before), partsOf(after)];
  return from.every((part, index) => {
    const other = to[index];
    return other === undefined || keyOf(part) !== keyOf(other) || isNotEarlier(part, other);
  });
}

/** Reads that a matcher makes have no epoch of their own; the assertion's place stands for it. */
function isEarlier(after: number | undefined, before: number | undefined): boolean {
  return after !== undefined && before !== undefined && after < before;
}

/** `find` replaces a position only when it looks by something else than what is asserted. */
function sameFound(before: Expr & { kind: 'index' }, after: Expr & { kind: 'call' }, role: Role, changes: Changes): boolean {
  if (after.callee.kind !== 'member' || after.callee.name !== 'find' || after.args.length !== 1) return false;
  if (!isSame(before.object, after.callee.object, role, changes)) return false;
  const [by] = after.args;
  if (by?.kind !== 'lambda' || by.body.kind !== 'binary' || !/^===?$/.test(by.body.op)) return false;
  const { left, right } = by.body;
  // By an id that the product gave for the test's own item.
  return (
    [left, right].some((side) => side.kind === 'member' && side.object.kind === 'parameter' && /id$|^key$|^sku$/i.test(side.name)) &&
    [left, right].some((side) => someExpr(side, (part) => part.kind === 'call' && (part.epoch ?? 0) > 0))
  );
}

function sameParts(before: Expr, after: Expr, role: Role, changes: Changes): boolean {
  switch (before.kind) {
    case 'member':
      return (
        after.kind === 'member' &&
        (before.name === after.name || isNamedZone(before.name, after.name)) &&
        (before.optional || !after.optional) &&
        isSame(before.object, after.object, role, changes)
      );
    case 'assign':
      return (
        after.kind === 'assign' &&
        before.op === after.op &&
        isSame(before.target, after.target, 'subject', changes) &&
        isSame(before.value, after.value, 'data', changes)
      );
    case 'index':
      return (
        after.kind === 'index' &&
        (before.optional || !after.optional) &&
        isSame(before.object, after.object, role, changes) &&
        isSame(before.index, after.index, role, changes)
      );
    case 'call':
      return after.kind === 'call' && sameCall(before, after, role, changes);
    case 'named':
      return (
        after.kind === 'named' &&
        before.name === after.name &&
        (isRaisedLimit(before.name, before.value, after.value) || isSame(before.value, after.value, role, changes))
      );
    case 'binary':
      return (
        after.kind === 'binary' &&
        before.op === after.op &&
        isSame(before.left, after.left, role, changes) &&
        isSame(before.right, after.right, role, changes)
      );
    case 'unary':
      return after.kind === 'unary' && before.op === after.op && isSame(before.value, after.value, role, changes);
    case 'spread':
      return after.kind === 'spread' && isSame(before.value, after.value, role, changes);
    case 'lambda':
      return after.kind === 'lambda' && isSame(before.body, after.body, role, changes);
    case 'choice':
      return (
        after.kind === 'choice' &&
        isSame(before.test, after.test, role, changes) &&
        isSame(before.yes, after.yes, role, changes) &&
        isSame(before.no, after.no, role, changes)
      );
    case 'list':
      return after.kind === 'list' && sameList(before.items, after.items, role, changes);
    case 'object':
      return after.kind === 'object' && sameObject(before, after, role, changes);
    case 'template':
      return after.kind === 'template' && sameList(before.parts, after.parts, role, changes);
    case 'opaque':
      return after.kind === 'opaque' && before.text === after.text && sameList(before.parts, after.parts, role, changes);
    default:
      return false;
  }
}

/** `getHours` in the machine's zone becomes `getUTCHours`. */
function isNamedZone(before: string, after: string): boolean {
  return /^[gs]et(?:FullYear|Month|Date|Day|Hours|Minutes)$/.test(before) && after === before.replace('et', 'etUTC');
}

function sameCall(before: Expr & { kind: 'call' }, after: Expr & { kind: 'call' }, role: Role, changes: Changes): boolean {
  if (before.isNew !== after.isNew || (after.optional && !before.optional) || isEarlier(after.epoch, before.epoch)) return false;
  if (!isSame(before.callee, after.callee, role === 'data' ? 'subject' : role, changes)) return false;
  const inner = role === 'subject' ? 'data' : role;
  const name = calledName(before);
  if (name === 'listen' && after.args.length === before.args.length) {
    const [port, ...rest] = before.args;
    const [now, ...others] = after.args;
    if (port?.kind === 'literal' && now?.kind === 'literal' && now.value === 0) return sameList(rest, others, inner, changes);
  }
  // `AbortSignal.timeout(70)`, `page.setDefaultTimeout(500)`.
  if (isLimitName(name) && before.args.length === 1 && after.args.length === 1) {
    const [limit] = before.args;
    const [raised] = after.args;
    if (limit && raised && isRaisedLimit(name, limit, raised)) return true;
  }
  // A timer that ends something is a limit; one that only waits is a sleep, and was told apart before.
  if (name === 'setTimeout' && before.args.length === 2 && after.args.length === 2) {
    const [ends, limit] = before.args;
    const [now, raised] = after.args;
    if (ends?.kind === 'lambda' && now && limit && raised && isSame(ends, now, inner, changes) && isRaisedLimit(name, limit, raised))
      return true;
  }
  // A time zone that was the machine's is named.
  if (after.args.length > before.args.length) {
    const added = after.args.slice(before.args.length);
    if (!added.every(isZone) && !(isDateText(name) && added.every((arg) => arg.kind === 'literal' || isZone(arg)))) return false;
  } else if (after.args.length < before.args.length) return false;
  return before.args.every((arg, index) => {
    const other = after.args[index];
    return other !== undefined && isSame(arg, other, inner, changes);
  });
}

function isZone(arg: Expr): boolean {
  if (arg.kind === 'object') return arg.entries.every((entry) => entry.key === 'timeZone' || entry.key === 'tz');
  const value = arg.kind === 'named' && /^tz(?:info)?$/.test(arg.name) ? arg.value : arg;
  return /(?:^|\.)(?:utc|UTC)$|^time\.gmtime\(\)$/.test(pathOf(value) ?? '');
}

function isDateText(name: string): boolean {
  return /^toLocale(?:Date|Time)?String$/.test(name);
}

function sameList(before: readonly Expr[], after: readonly Expr[], role: Role, changes: Changes): boolean {
  return (
    before.length === after.length &&
    before.every((item, index) => {
      const other = after[index];
      return other !== undefined && isSame(item, other, role, changes);
    })
  );
}

function sameObject(before: Expr & { kind: 'object' }, after: Expr & { kind: 'object' }, role: Role, changes: Changes): boolean {
  const rest = [...after.entries];
  for (const entry of before.entries) {
    const index = rest.findIndex((other) =>
      typeof entry.key === 'string' || typeof other.key === 'string' ? entry.key === other.key : keyOf(entry.key) === keyOf(other.key),
    );
    const [other] = index < 0 ? [] : rest.splice(index, 1);
    if (!other) return false;
    if (typeof entry.key === 'string' && isRaisedLimit(entry.key, entry.value, other.value)) continue;
    if (role === 'data' && isLikeNumber(entry.value, other.value, changes)) continue;
    if (!isSame(entry.value, other.value, role, changes)) return false;
  }
  // A time-out that was the framework's own may be named, and so may a time zone.
  return rest.every(
    (entry) =>
      typeof entry.key === 'string' &&
      (entry.key === 'timeZone' || (/^time_?out(?:_?ms)?$/i.test(entry.key) && isBounded(entry.value, entry.key))),
  );
}

export function isLimitName(name: string): boolean {
  return /time_?out|deadline|max_?wait/i.test(name);
}

/** In ms; names of Python that do not end in `ms` count seconds. */
function isBounded(value: Expr, name: string): boolean {
  return (
    value.kind === 'literal' &&
    typeof value.value === 'number' &&
    value.value > 0 &&
    value.value <= LONGEST_TIMEOUT_MS &&
    !/retr/i.test(name)
  );
}

function isRaisedLimit(name: string, before: Expr, after: Expr): boolean {
  if (!isLimitName(name) || before.kind !== 'literal' || after.kind !== 'literal') return false;
  return typeof before.value === 'number' && typeof after.value === 'number' && after.value >= before.value && isBounded(after, name);
}

// -- data ------------------------------------------------------------------

function isText(expr: Expr): boolean {
  return expr.kind === 'template' || (expr.kind === 'literal' && typeof expr.value === 'string');
}

/** Random becomes fixed or seeded, a clock becomes an instant, a fixed name becomes a unique one, a port becomes any free one. */
function isNewData(before: Expr, after: Expr, language: Language): boolean {
  if (before.kind === after.kind && ['object', 'list', 'named', 'spread'].includes(before.kind)) return false;
  if (!isOwnData(after, language) && !isTemporaryPath(after)) return false;
  // What an earlier run may have left becomes what is there without it.
  if (
    before.kind === 'choice' &&
    [before.yes, before.no].some((branch) => branch.kind === 'literal' && keyOf(branch) === keyOf(after)) &&
    someExpr(before.test, isOfMachine)
  )
    return true;
  // What somebody else answered becomes a fixed value; the test is about what the product makes of it.
  if (isFromOutside(before)) return isFixed(after);
  if (isUnstable(before, language) && isOwnData(before, language))
    return !(after.kind === 'literal' && (after.value === undefined || after.value === null || after.value === ''));
  // A place that all share on this machine becomes one of this run's own.
  if (before.kind === 'call' && isTemporaryPath(after) && someExpr(before, isOfMachine)) return true;
  if (before.kind === 'literal' && typeof before.value === 'string') {
    if (before.value === '') return false;
    if (hasUnique(after, language) || isTemporaryPath(after)) return isText(after) || after.kind === 'call' || after.kind === 'member';
    return (
      after.kind === 'literal' &&
      typeof after.value === 'string' &&
      after.value.length > before.value.length &&
      after.value.startsWith(before.value)
    );
  }
  if (
    before.kind === 'call' &&
    after.kind === 'call' &&
    pathOf(before.callee) === 'Date' &&
    pathOf(after.callee) === 'Date' &&
    before.args.length > 1
  )
    return (
      after.args[0]?.kind === 'call' &&
      pathOf(after.args[0].callee) === 'Date.UTC' &&
      keyOf(made.call(made.name('x'), before.args)) === keyOf(made.call(made.name('x'), after.args[0].args))
    );
  return false;
}

/** Looks at files or settings of this machine. */
function isOfMachine(expr: Expr): boolean {
  return (
    (expr.kind === 'call' &&
      /^(?:fs(?:\/promises)?\.|os\.(?:path\.|environ|tmpdir)|path\.|tempfile\.gettempdir)/.test(pathOf(expr.callee) ?? '')) ||
    (expr.kind === 'member' && /^process\.env\b/.test(pathOf(expr) ?? ''))
  );
}

function isFixed(expr: Expr): boolean {
  return expr.kind === 'call' || expr.kind === 'function'
    ? expr.kind === 'call' && partsOf(expr).slice(1).every(isFixed)
    : !(expr.kind === 'literal' && (expr.value === undefined || expr.value === null)) && partsOf(expr).every(isFixed);
}

/** A folder or file that the framework or the system makes for this test alone. */
function isTemporaryPath(expr: Expr): boolean {
  return someExpr(
    expr,
    (part) =>
      (part.kind === 'name' && /^(?:tmp_path|tmpdir|tmp_path_factory|testInfo)$/.test(part.name)) ||
      (part.kind === 'call' &&
        /(?:^|\.)(?:mkdtemp(?:Sync)?|mkstemp|TemporaryDirectory|NamedTemporaryFile|outputPath)$/.test(pathOf(part.callee) ?? '')),
  );
}

/** A number that nothing is asserted of may be another one of its size: the same sign and as many digits. */
function isLikeNumber(before: Expr, after: Expr, changes: Changes): boolean {
  if (before.kind !== 'literal' || after.kind !== 'literal' || typeof before.value !== 'number' || typeof after.value !== 'number')
    return false;
  if (changes.asserted.has(keyOf(before)) || before.value === 0 || after.value === 0 || Math.sign(before.value) !== Math.sign(after.value))
    return false;
  return (
    Number.isInteger(before.value) === Number.isInteger(after.value) &&
    String(Math.trunc(before.value)).length === String(Math.trunc(after.value)).length
  );
}

function kept(before: Expr, after: Expr, changes: Changes): boolean {
  const key = keyOf(before);
  const known = changes.values.get(key) ?? [];
  if (known.some((value) => keyOf(value) === keyOf(after))) return true;
  // Two draws of one random expression were two values before, too.
  if (known.length > 0 && !isUnstable(before, changes.language)) return false;
  changes.values.set(key, [...known, after]);
  keptInside(before, after, changes);
  return true;
}

/** `now.isoformat()` of another `now`: whatever else is made of that changed with it. */
function keptInside(before: Expr, after: Expr, changes: Changes): void {
  const [from, to] = [partsOf(before), partsOf(after)];
  if (before.kind !== after.kind || from.length !== to.length) return;
  from.forEach((part, index) => {
    const other = to[index];
    if (!other || keyOf(part) === keyOf(other) || changes.values.has(keyOf(part))) return;
    if (isClock(part, changes.language) && isOwnData(other, changes.language)) changes.values.set(keyOf(part), [other]);
    else keptInside(part, other, changes);
  });
}

/** True when what is expected changed as the data of the requests did. */
function followsData(before: Expr, after: Expr, changes: Changes): boolean {
  const known = changes.values.get(keyOf(before));
  if (known) return known.some((value) => keyOf(value) === keyOf(after));
  // `price + 5` of a fixed price was reckoned already.
  if (after.kind === 'literal' && typeof after.value === 'number' && changes.values.size > 0)
    return numberOf(before, changes) === after.value;
  if (!isText(before)) return false;
  const replaced = withChanges(before, changes);
  return keyOf(replaced) !== keyOf(before) && keyOf(replaced) === keyOf(joined([after], after));
}

/** What arithmetic gives by now; undefined where it is not all of numbers. */
function numberOf(expr: Expr, changes: Changes): number | undefined {
  const [changed, ...others] = changes.values.get(keyOf(expr)) ?? [];
  const at = changed && others.length === 0 ? changed : expr;
  if (at.kind === 'literal') return typeof at.value === 'number' ? at.value : undefined;
  if (at.kind === 'call') {
    const [only] = at.args;
    const round = ROUNDINGS[pathOf(at.callee) ?? ''];
    const value = only && at.args.length === 1 && round ? numberOf(only, changes) : undefined;
    return value === undefined ? undefined : round?.(value);
  }
  if (at.kind !== 'binary') return undefined;
  const [left, right] = [numberOf(at.left, changes), numberOf(at.right, changes)];
  if (left === undefined || right === undefined) return undefined;
  const results: Readonly<Record<string, number>> = { '+': left + right, '-': left - right, '*': left * right, '/': left / right };
  return results[at.op];
}

/** Python's `round` differs, and `%` of what is negative; both are left out, so that such an edit is refused. */
const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  'Math.floor': Math.floor,
  'Math.ceil': Math.ceil,
  'Math.round': Math.round,
  'Math.trunc': Math.trunc,
};

/** A text in which each value that changed is replaced, also inside longer texts. */
function withChanges(text: Expr, changes: Changes): Expr {
  let parts = text.kind === 'template' ? [...text.parts] : [text];
  for (const [key, [after]] of changes.values) {
    if (!after) continue;
    const value = key.startsWith('"') ? (JSON.parse(key) as string) : undefined;
    parts = parts.flatMap((part) => {
      if (keyOf(part) === key) return [after];
      if (value === undefined || part.kind !== 'literal' || typeof part.value !== 'string' || !part.value.includes(value)) return [part];
      return part.value.split(value).flatMap((piece, index): Expr[] => [...(index > 0 ? [after] : []), made.literal(piece, part)]);
    });
  }
  return joined(parts, text);
}

/** Texts that differ only where a value was made unique: `/users/bob` and `/users/${name}`. */
function sameText(before: Expr, after: Expr, role: Role, changes: Changes): boolean {
  if (role === 'expected') return keyOf(withChanges(before, changes)) === keyOf(joined([after], after));
  const known = withChanges(before, changes);
  if (keyOf(known) === keyOf(joined([after], after))) return true;
  const from = known.kind === 'template' ? known.parts : [known];
  const to = after.kind === 'template' ? after.parts : [after];
  const own = ownRecord(known, after);
  if (own) return kept(own.before, own.after, changes);
  if (from.length === to.length && from.length > 1)
    return from.every((part, index) => {
      const other = to[index];
      return other !== undefined && isSame(part, other, role === 'subject' ? 'data' : role, changes);
    });
  return false;
}

/** Notes which texts of the test's own data were made unique, from a declaration or a request's body. */
export function noteData(before: Expr, after: Expr, changes: Changes): void {
  isSame(before, after, 'data', changes);
}

/**
 * `/shops/204/notes` that all tests share becomes `/shops/${shop}/notes` of a record that the test itself made; a fixed port becomes the one that was
 * given. The rest of the path stays.
 */
function ownRecord(before: Expr, after: Expr): { readonly before: Expr; readonly after: Expr } | undefined {
  if (after.kind !== 'template') return undefined;
  const holes = after.parts.filter((part) => part.kind !== 'literal');
  const [hole] = holes;
  if (holes.length !== 1 || !hole || !isOwnRecord(hole)) return undefined;
  const index = after.parts.indexOf(hole);
  const lead = text(after.parts[index - 1]);
  const rest = text(after.parts[index + 1]);
  const whole = before.kind === 'literal' ? String(before.value) : undefined;
  if (whole === undefined || lead === '' || !whole.startsWith(lead) || !whole.endsWith(rest) || whole.length <= lead.length + rest.length)
    return undefined;
  const part = whole.slice(lead.length, whole.length - rest.length);
  return /^[\w-]+$/.test(part) && /[/:]$/.test(lead) && (rest === '' || rest.startsWith('/'))
    ? { before: made.literal(part), after: hole }
    : undefined;
  function text(expr: Expr | undefined): string {
    return expr?.kind === 'literal' ? String(expr.value) : '';
  }
}

/** The id in the answer to a request that made something, or the port that a server of the test was given. */
function isOwnRecord(expr: Expr): boolean {
  if (expr.kind !== 'member') return false;
  if (expr.name === 'port') return true;
  return (
    /^(?:id|_id|uuid|key|slug|name)$/i.test(expr.name) &&
    someExpr(expr.object, (part) => part.kind === 'call' && /^(?:post|create\w*)$/.test(calledName(part)))
  );
}
