import { calledName, pathOf, type Expr, type Stmt } from '../code';
import { indentAt, sourceOf } from '../source-edit';
import { purposeOf } from '../vocabulary';
import { polled } from './hardcoded-sleep';
import { functionsAround, statementAt, type Proposal, type Repair, type TestText } from './repair';

const AWAIT_PRIOR = 0.8;
const LOOP_PRIOR = 0.75;
const SEQUENCE_PRIOR = 0.55;
/** Against a poll speaks that it may only hide that something is not awaited. */
const POLL_SHARE = 0.7;

/** Something that runs beside the test's next step: await it, or look until its effect is there. */
export const waited: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const { stmt, list, index } = at;
  const proposals = [...awaitIt(test, stmt), ...loopThatWaits(test, stmt), ...oneAfterTheOther(test, stmt), ...joined(test, stmt)];
  return [...proposals, ...polled(test, list, index, stmt, true).map((proposal) => ({ ...proposal, prior: proposal.prior * POLL_SHARE }))];
};

function awaitIt(test: TestText, stmt: Stmt): Proposal[] {
  if (test.writing.python) return [];
  const value = stmt.kind === 'expression' ? stmt.value : stmt.kind === 'declare' ? stmt.value : undefined;
  if (value?.kind !== 'call' || !functionsAround(test, stmt.start).at(-1)?.isAsync) return [];
  if (calledName(value) === 'forEach') return [];
  const called = sourceOf(test.writing.text, value.callee).replaceAll(/\s+/g, ' ').slice(0, 40);
  return [{ title: `Awaits ${called}(...)`, prior: AWAIT_PRIOR, edits: [{ start: value.start, end: value.start, text: 'await ' }] }];
}

/** `list.forEach(async (x) => ...)` waits for nothing; a loop does. */
function loopThatWaits(test: TestText, stmt: Stmt): Proposal[] {
  const value = stmt.kind === 'expression' ? stmt.value : undefined;
  if (value?.kind !== 'call' || value.callee.kind !== 'member' || value.callee.name !== 'forEach') return [];
  const [callback] = value.args;
  if (callback?.kind !== 'function' || callback.params.length !== 1 || !functionsAround(test, stmt.start).at(-1)?.isAsync) return [];
  const { text } = test.writing;
  const [param] = callback.params;
  if (!param) return [];
  const source = sourceOf(text, callback);
  const open = source.indexOf('{', source.indexOf('=>'));
  const only = callback.body[0];
  const body =
    only?.kind === 'return' && only.implicit && only.value
      ? `await ${sourceOf(text, only.value).replace(/^await\s+/, '')}${test.writing.semicolon}`
      : open < 0
        ? undefined
        : source.slice(open);
  if (body === undefined || callback.body.some((inner) => inner.kind === 'return' && !inner.implicit)) return [];
  return [
    {
      title: 'Does one after the other in a loop that waits, instead of forEach',
      prior: LOOP_PRIOR,
      edits: [
        {
          start: stmt.start,
          end: stmt.end,
          text: `for (const ${sourceOf(text, param)} of ${sourceOf(text, value.callee.object)}) ${body}`,
        },
      ],
    },
  ];
}

/** A read beside one write is done after it. Writes beside each other stay: that is how a lost update shows. */
function oneAfterTheOther(test: TestText, stmt: Stmt): Proposal[] {
  if (stmt.kind !== 'declare' || stmt.target.kind !== 'list' || stmt.value?.kind !== 'await' || stmt.value.value.kind !== 'call') return [];
  const call = stmt.value.value;
  const [list] = call.args;
  if (pathOf(call.callee) !== 'Promise.all' || list?.kind !== 'list') return [];
  const writes = list.items.filter((item) => item.kind === 'call' && purposeOf(item, test.module.language) === 'action');
  if (writes.length !== 1 || list.items[0] !== writes[0] || list.items.some((item) => item.kind !== 'call')) return [];
  const { text, semicolon, eol } = test.writing;
  const targets = stmt.target.items;
  const named = (target: Expr | undefined): string => (target && target.kind !== 'literal' ? `const ${sourceOf(text, target)} = ` : '');
  const indent = indentAt(text, stmt.start);
  const lines = list.items.map((item, index) => `${named(targets[index])}await ${sourceOf(text, item)}${semicolon}`);
  return [
    {
      title: 'Reads after the write instead of beside it',
      prior: SEQUENCE_PRIOR,
      edits: [{ start: stmt.start, end: stmt.end, text: lines.join(eol + indent) }],
    },
  ];
}

/** A thread that was started is waited for. */
function joined(test: TestText, stmt: Stmt): Proposal[] {
  const value = stmt.kind === 'expression' ? stmt.value : undefined;
  if (
    !test.writing.python ||
    value?.kind !== 'call' ||
    value.callee.kind !== 'member' ||
    value.callee.name !== 'start' ||
    value.args.length > 0
  )
    return [];
  const { text, eol } = test.writing;
  const thread = sourceOf(text, value.callee.object);
  return [
    {
      title: `Waits for ${thread} to end`,
      prior: AWAIT_PRIOR,
      edits: [{ start: stmt.end, end: stmt.end, text: `${eol}${indentAt(text, stmt.start)}${thread}.join()` }],
    },
  ];
}
