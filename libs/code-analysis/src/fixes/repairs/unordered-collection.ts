import { calledName, camel, pathOf, type Expr } from '../code';
import { listOfPosition } from '../implies';
import { unsorted } from '../sorting';
import { sourceOf, type SourceEdit } from '../source-edit';
import { valueOf } from './names';
import { expressionsIn, functionsAround, needsExpect, statementAt, type Proposal, type Repair, type TestText } from './repair';

const SORTED_PRIOR = 0.75;
const CONTAINING_PRIOR = 0.5;
const ANYWHERE_PRIOR = 0.6;

/** The same elements in any order: both sides sorted, or a matcher that does not mind. */
export const inAnyOrder: Repair = (test, { line, probability }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  return expressionsIn([at.stmt]).flatMap((expr): Proposal[] => {
    const pair = comparedIn(expr);
    // A text can be sorted as well, and then says nothing any more.
    if (pair && probability === 0 && !isList(test, pair.actual) && !isList(test, pair.expected))
      return [...joined(test, pair), ...asJson(test, pair), ...anywhere(test, pair)];
    if (pair && unsorted(pair.actual).sorted) return [];
    return pair
      ? [...sorted(test, pair), ...containing(test, pair), ...joined(test, pair), ...asJson(test, pair), ...anywhere(test, pair)]
      : bodySorted(test, expr);
  });
};

function isList(test: TestText, expr: Expr): boolean {
  const value = valueOf(test, expr);
  if (value.kind === 'list' || value.kind === 'each') return true;
  if (value.kind === 'await') return isList(test, value.value);
  return (
    value.kind === 'call' && /^(?:map|filter|flatMap|keys|values|entries|split|sorted|list|from|toSorted|concat)$/.test(calledName(value))
  );
}

/** `names.join(',')` is made of the sorted names, here or where it was made. */
function joined(test: TestText, { actual, expected }: Compared): Proposal[] {
  if (test.writing.python || expected.kind !== 'literal' || typeof expected.value !== 'string') return [];
  const { text } = test.writing;
  const value = valueOf(test, actual);
  if (value.kind !== 'call' || value.callee.kind !== 'member' || value.callee.name !== 'join') return [];
  const [separator] = value.args;
  const between = separator?.kind === 'literal' ? String(separator.value) : ',';
  if (between === '') return [];
  const source = sourceOf(text, expected);
  const { object } = value.callee;
  const edits: SourceEdit[] = [
    // What a call gives is a list of its own; one with a name is left as it is.
    ...(object.kind === 'call'
      ? [{ start: object.end, end: object.end, text: '.sort()' }]
      : [{ start: object.start, end: object.end, text: `[...${sourceOf(text, object)}].sort()` }]),
    { start: expected.start + 1, end: expected.end - 1, text: source.slice(1, -1).split(between).sort().join(between) },
  ];
  return [{ title: 'Sorts the elements before they are joined', prior: SORTED_PRIOR, edits }];
}

/** `JSON.stringify(names)` on both sides. */
function asJson(test: TestText, { actual, expected }: Compared): Proposal[] {
  const inner = (expr: Expr): Expr | undefined =>
    expr.kind === 'call' && pathOf(expr.callee) === 'JSON.stringify' && expr.args.length === 1 ? expr.args[0] : undefined;
  const [left, right] = [inner(actual), inner(expected)];
  return left && right ? sorted(test, { actual: left, expected: right, call: undefined }) : [];
}

/**
 * `items[0].name` to be x: one of the items has it. All such assertions about the list together, and only where its length is asserted and no two
 * of them say the same of different items.
 */
function anywhere(test: TestText, { actual }: Compared): Proposal[] {
  const position = positionIn(actual);
  if (test.writing.python || !position) return [];
  const { text } = test.writing;
  const list = sourceOf(text, position.list);
  const said = new Set<string>();
  const edits: SourceEdit[] = [];
  for (const expr of expressionsIn(functionsAround(test, actual.start).at(-1)?.body ?? [])) {
    const pair = comparedIn(expr);
    const place = pair && positionIn(pair.actual);
    if (!pair?.call || pair.call.callee.kind !== 'member' || !place || sourceOf(text, place.list) !== list) continue;
    const claim = `item.${place.path} === ${sourceOf(text, pair.expected)}`;
    if (said.has(claim) || (pair.expected.kind !== 'literal' && pair.expected.kind !== 'name' && pair.expected.kind !== 'member'))
      return [];
    said.add(claim);
    edits.push(
      {
        start: pair.actual.start,
        end: pair.actual.end,
        text: `${list}.some((item${test.file.endsWith('.ts') ? ': any' : ''}) => ${claim})`,
      },
      { start: pair.call.callee.end - pair.call.callee.name.length, end: pair.call.callee.end, text: 'toBe' },
      { start: pair.expected.start, end: pair.expected.end, text: 'true' },
    );
  }
  return edits.length > 0
    ? [{ title: 'Looks for the element anywhere in the list, whose length is asserted', prior: ANYWHERE_PRIOR, edits }]
    : [];
}

/** `items[0]?.product.name`: the list, and what is looked at of the item. */
function positionIn(expr: Expr): { readonly list: Expr; readonly path: string } | undefined {
  const path: string[] = [];
  let at = expr;
  while (at.kind === 'member') {
    path.unshift(at.name);
    at = at.object;
  }
  const list = listOfPosition(at);
  return list && path.length > 0 ? { list, path: path.join('.') } : undefined;
}

/** `page.assertJson(answer, { items: [...] })` compares in order; the sorted list does not depend on it. */
function bodySorted(test: TestText, expr: Expr): Proposal[] {
  if (test.writing.python || expr.kind !== 'call' || calledName(expr) !== 'assertJson' || expr.args.length !== 2) return [];
  const [answer, expected] = expr.args;
  const [only] = expected?.kind === 'object' && expected.entries.length === 1 ? expected.entries : [];
  if (!answer || !only || typeof only.key !== 'string' || only.value.kind !== 'list') return [];
  const order = orderOf(only.value.items);
  const imports = needsExpect(test);
  if (!order || !imports) return [];
  const { text } = test.writing;
  const any = test.file.endsWith('.ts') ? '<any>' : '';
  const list = `${sourceOf(text, answer)}.json${any}().${only.key}`;
  const types = any === '' ? '(a, b)' : '(a: any, b: any)';
  const compare =
    order.by === undefined
      ? order.numbers
        ? `${types} => a - b`
        : ''
      : order.numbers
        ? `${types} => a.${order.by} - b.${order.by}`
        : `${types} => (a.${order.by} < b.${order.by} ? -1 : 1)`;
  const { keys } = order;
  const items = only.value.items
    .map((item, index) => ({ source: sourceOf(text, item), key: keys[index] ?? 0 }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ source }) => source);
  return [
    {
      title: 'Sorts the list of the answer before it is compared',
      prior: SORTED_PRIOR,
      edits: [
        ...imports,
        { start: expr.start, end: expr.end, text: `expect([...${list}].sort(${compare})).toMatchObject([${items.join(', ')}])` },
      ],
    },
  ];
}

interface Compared {
  readonly actual: Expr;
  readonly expected: Expr;
  readonly call: (Expr & { kind: 'call' }) | undefined;
}

function comparedIn(expr: Expr): Compared | undefined {
  if (expr.kind === 'binary' && expr.op === '===') return { actual: expr.left, expected: expr.right, call: undefined };
  if (expr.kind !== 'call') return undefined;
  const name = camel(calledName(expr));
  if (/^(?:toEqual|toStrictEqual|toBe|eql|equal|equals)$/.test(name) && expr.callee.kind === 'member') {
    let root = expr.callee.object;
    while (root.kind === 'member' && /^(?:to|be|deep|have)$/.test(root.name)) root = root.object;
    const [actual] = root.kind === 'call' ? root.args : [];
    if (actual && expr.args[0] && root.kind === 'call' && calledName(root) === 'expect')
      return { actual, expected: expr.args[0], call: expr };
  }
  if (/^(?:deepEqual|deepStrictEqual|assertEqual|assertListEqual)$/.test(name) && expr.args[0] && expr.args[1])
    return { actual: expr.args[0], expected: expr.args[1], call: undefined };
  return undefined;
}

/** How to sort, by what the expected elements are: texts, numbers, or objects with a text or number of the same name. */
function orderOf(
  items: readonly Expr[],
): { readonly by: string | undefined; readonly numbers: boolean; readonly keys: readonly (string | number)[] } | undefined {
  const values = (of: readonly Expr[]): (string | number)[] | undefined => {
    const found = of.map((item) =>
      item.kind === 'literal' && (typeof item.value === 'string' || typeof item.value === 'number') ? item.value : undefined,
    );
    const kinds = new Set(found.map((value) => typeof value));
    return kinds.size === 1 && !kinds.has('undefined') ? (found as (string | number)[]) : undefined;
  };
  const plain = values(items);
  if (plain) return { by: undefined, numbers: typeof plain[0] === 'number', keys: plain };
  const [first] = items;
  if (first?.kind !== 'object') return undefined;
  for (const entry of first.entries) {
    if (typeof entry.key !== 'string') continue;
    const { key } = entry;
    const fields = items.map((item) => (item.kind === 'object' ? item.entries.find((one) => one.key === key)?.value : undefined));
    const found = fields.every((field) => field !== undefined) ? values(fields) : undefined;
    if (found && new Set(found).size === found.length) return { by: key, numbers: typeof found[0] === 'number', keys: found };
  }
  return undefined;
}

function sorted(test: TestText, { actual, expected }: Compared): Proposal[] {
  const { text, python } = test.writing;
  const title = 'Sorts both sides before they are compared';
  const wrap = (expr: Expr, by: string | undefined, numbers: boolean): SourceEdit => {
    const source = sourceOf(text, expr);
    if (python)
      return {
        start: expr.start,
        end: expr.end,
        text: by === undefined ? `sorted(${source})` : `sorted(${source}, key=lambda item: item["${by}"])`,
      };
    const compare =
      by === undefined
        ? numbers
          ? '(a, b) => a - b'
          : ''
        : numbers
          ? `(a, b) => a.${by} - b.${by}`
          : `(a, b) => (a.${by} < b.${by} ? -1 : 1)`;
    return { start: expr.start, end: expr.end, text: `[...${expr.kind === 'await' ? `(${source})` : source}].sort(${compare})` };
  };
  if (expected.kind === 'list' && expected.items.length > 1) {
    const order = orderOf(expected.items);
    if (!order) return [];
    const { by, numbers, keys } = order;
    // As sort() does it without a comparison: by UTF-16 units; Python by code points.
    const places = expected.items
      .map((_, index) => index)
      .toSorted((a, b) => ((keys[a] ?? 0) < (keys[b] ?? 0) ? -1 : (keys[a] ?? 0) > (keys[b] ?? 0) ? 1 : 0));
    const moved = expected.items.flatMap((item, index): SourceEdit[] => {
      const from = expected.items[places[index] ?? index];
      return from && from !== item ? [{ start: item.start, end: item.end, text: sourceOf(text, from) }] : [];
    });
    return [{ title, prior: SORTED_PRIOR, edits: [wrap(actual, by, numbers), ...moved] }];
  }
  if (expected.kind === 'name' || expected.kind === 'member')
    return [{ title, prior: SORTED_PRIOR * 0.9, edits: [wrap(actual, undefined, false), wrap(expected, undefined, false)] }];
  return [];
}

function containing(test: TestText, { actual, expected, call }: Compared): Proposal[] {
  if (test.writing.python || !call || expected.kind !== 'list' || expected.items.length < 2 || call.callee.kind !== 'member') return [];
  const { text, semicolon, eol } = test.writing;
  const before = text.slice(text.lastIndexOf('\n', call.start - 1) + 1, call.start);
  if (!/^\s*$/.test(before) || !/^to(?:Equal|StrictEqual)$/.test(call.callee.name)) return [];
  const edits = [
    {
      start: call.start,
      end: call.start,
      text: `expect(${sourceOf(text, actual)}).toHaveLength(${expected.items.length})${semicolon}${eol}${before}`,
    },
    { start: expected.start, end: expected.start, text: 'expect.arrayContaining(' },
    { start: expected.end, end: expected.end, text: ')' },
  ];
  return [{ title: 'Asserts the elements and their number, in any order', prior: CONTAINING_PRIOR, edits }];
}
