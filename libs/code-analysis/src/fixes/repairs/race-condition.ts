import { assertionOf } from '../assertions';
import { calledName, pathOf, walkExpr, type CallExpr, type Expr, type FunctionExpr, type Stmt } from '../code';
import { indentAt, sourceOf } from '../source-edit';
import { polledFrom } from './hardcoded-sleep';
import { isLook } from './looks';
import { calledPath, ownFunction, purposeIn } from './names';
import { expressionsIn, freeName, functionsAround, statementAt, type Proposal, type Repair, type TestText } from './repair';

const AWAIT_PRIOR = 0.8;
const LOOP_PRIOR = 0.75;
const SEQUENCE_PRIOR = 0.55;
/** Against a poll speaks that it may only hide that something is not awaited. */
const POLL_SHARE = 0.7;

/** Done when they return, as far as their names say. */
const AT_ONCE =
  /^(?:on|once|off|end|listen|push|unshift|set|add|append|clear\w*|ref|unref|emit|log|debug|info|warn|error|createServer|close(?:All|Idle)Connections|seed|useFakeTimers|useRealTimers|setSystemTime|stubEnv|stubGlobal|spyOn|mock\w*|setTimeout|setInterval|bearer|basic|set(?:UTC)?[A-Z]\w*)$/;

/** Something that runs beside the test's next step: await it, or look until its effect is there. */
export const waited: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const { stmt } = at;
  return [
    ...awaitIt(test, stmt),
    ...loopThatWaits(test, stmt),
    ...allOf(test, stmt),
    ...oneAfterTheOther(test, stmt),
    ...joined(test, stmt),
    ...lookAgain(test, at.list, at.index),
  ];
};

/** Behind the statement, or from the look on that the statement belongs to. */
function lookAgain(test: TestText, list: readonly Stmt[], index: number): Proposal[] {
  const isPart = (one: Stmt | undefined): boolean => one !== undefined && isLook(one, test);
  let from = index + 1;
  if (isPart(list[index])) for (from = index; isPart(list[from - 1]);) from -= 1;
  return polledFrom(test, list, from).map((proposal) => ({ ...proposal, prior: proposal.prior * POLL_SHARE }));
}

function awaitIt(test: TestText, stmt: Stmt): Proposal[] {
  const written = stmt.kind === 'expression' || stmt.kind === 'declare' ? stmt.value : undefined;
  const value = written?.kind === 'unary' && written.op === 'void' ? written.value : written;
  if (value?.kind !== 'call' || value.isNew || !written || !mayBePromise(test, value)) return [];
  if (stmt.kind === 'declare' && stmt.target.kind === 'name' && isUsedAsIs(test, stmt.target.name)) return [];
  if (!functionsAround(test, stmt.start).at(-1)?.isAsync) return [];
  const called = sourceOf(test.writing.text, value.callee).replaceAll(/\s+/g, ' ').slice(0, 40);
  if (test.writing.python) {
    // `asyncio.create_task(work())` runs beside; the work itself can be awaited.
    const [work] = value.args;
    return /(?:^|\.)(?:create_task|ensure_future)$/.test(calledPath(test, value)) && work
      ? [
          {
            title: `Awaits what ${called}(...) starts`,
            prior: AWAIT_PRIOR,
            edits: [{ start: value.start, end: value.end, text: `await ${sourceOf(test.writing.text, work)}` }],
          },
        ]
      : [];
  }
  return [{ title: `Awaits ${called}(...)`, prior: AWAIT_PRIOR, edits: [{ start: written.start, end: value.start, text: 'await ' }] }];
}

/** `server.address()`: what it is called on is no promise. */
function isUsedAsIs(test: TestText, name: string): boolean {
  return expressionsIn(test.module.body).some(
    (expr) =>
      expr.kind === 'member' && expr.object.kind === 'name' && expr.object.name === name && !/^(?:then|catch|finally)$/.test(expr.name),
  );
}

/** An assertion gives nothing to wait for, and neither does what only reckons. */
function mayBePromise(test: TestText, call: CallExpr): boolean {
  const name = calledName(call);
  if (/^(?:forEach|map)$|Sync$/.test(name) || AT_ONCE.test(name)) return false;
  // `write().then(...)`: what `then` is called on says what it is.
  if (/^(?:then|catch|finally)$/.test(name) && call.callee.kind === 'member')
    return call.callee.object.kind === 'call' && mayBePromise(test, call.callee.object);
  if (assertionOf(call)) return expressionsOf(call).some((part) => part.kind === 'member' && /^(?:resolves|rejects)$/.test(part.name));
  // The answer of `page` is there as a whole.
  if (/^page\.\w+\(\)\./.test(pathOf(call.callee) ?? '')) return false;
  const own = ownFunction(test, call);
  return own ? own.isAsync || own.body.some((inner) => inner.kind === 'return') : isRequest(test, call, name);
}

/** Changes something, or asks for something by a name that says so. */
function isRequest(test: TestText, call: CallExpr, name: string): boolean {
  const purpose = purposeIn(test, call);
  return purpose === 'action' || (purpose === 'read' && /^(?:get|head|json|text|fetch|find|load|list|read|query|request)/.test(name));
}

function expressionsOf(expr: Expr): Expr[] {
  const found: Expr[] = [];
  walkExpr(expr, (part) => found.push(part));
  return found;
}

/** `names.map(async (name) => ...)` gives promises; somebody must wait for all of them. */
function allOf(test: TestText, stmt: Stmt): Proposal[] {
  const value = stmt.kind === 'expression' || stmt.kind === 'declare' ? stmt.value : undefined;
  if (value?.kind !== 'call' || calledName(value) !== 'map' || test.writing.python) return [];
  const [callback] = value.args;
  if (callback?.kind !== 'function' || !givesPromise(test, callback) || !functionsAround(test, stmt.start).at(-1)?.isAsync) return [];
  return [
    {
      title: 'Waits for all that map starts',
      prior: AWAIT_PRIOR,
      edits: [
        { start: value.start, end: value.start, text: 'await Promise.all(' },
        { start: value.end, end: value.end, text: ')' },
      ],
    },
  ];
}

function givesPromise(test: TestText, { isAsync, body }: FunctionExpr): boolean {
  const [only] = body;
  return isAsync || (only?.kind === 'return' && only.implicit && only.value?.kind === 'call' && mayBePromise(test, only.value));
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
  if (stmt.kind !== 'declare' || stmt.value?.kind !== 'await' || stmt.value.value.kind !== 'call') return [];
  const call = stmt.value.value;
  const [list] = call.args;
  if (pathOf(call.callee) !== 'Promise.all' || list?.kind !== 'list') return [];
  const writes = list.items.filter((item) =>
    expressionsOf(item).some((part) => part.kind === 'call' && purposeIn(test, part) === 'action'),
  );
  if (writes.length !== 1 || list.items[0] !== writes[0] || list.items.some((item) => item.kind !== 'call')) return [];
  if (stmt.target.kind === 'name')
    return [
      {
        title: 'Reads after the write instead of beside it',
        prior: SEQUENCE_PRIOR,
        edits: [
          { start: stmt.value.start, end: list.start, text: '' },
          ...list.items.map((item) => ({ start: item.start, end: item.start, text: 'await ' })),
          { start: list.end, end: stmt.value.end, text: '' },
        ],
      },
    ];
  if (stmt.target.kind !== 'list') return [];
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

/** A thread that was started is waited for, and so is what an executor was given. */
function joined(test: TestText, stmt: Stmt): Proposal[] {
  const value = stmt.kind === 'expression' ? stmt.value : undefined;
  if (!test.writing.python || value?.kind !== 'call' || value.callee.kind !== 'member') return [];
  const { text, eol } = test.writing;
  if (value.callee.name === 'submit' && value.args.length > 0)
    return [
      {
        title: 'Waits for what the executor was given',
        prior: AWAIT_PRIOR,
        edits: [{ start: value.end, end: value.end, text: '.result()' }],
      },
    ];
  if (value.callee.name !== 'start' || value.args.length > 0) return [];
  const thread = sourceOf(text, value.callee.object);
  const indent = indentAt(text, stmt.start);
  const isNamed = pathOf(value.callee.object) !== undefined && value.callee.object.kind !== 'call';
  const name = isNamed ? thread : freeName(test, 'thread');
  return [
    {
      title: `Waits for ${isNamed ? thread : 'the thread'} to end`,
      prior: AWAIT_PRIOR,
      edits: isNamed
        ? [{ start: stmt.end, end: stmt.end, text: `${eol}${indent}${name}.join()` }]
        : [{ start: stmt.start, end: stmt.end, text: `${name} = ${thread}${eol}${indent}${name}.start()${eol}${indent}${name}.join()` }],
    },
  ];
}
