import type { RequestRecord } from '@testimony/contracts';
import type { Reading } from './reading';
import {
  REFUSED,
  RESET,
  DNS,
  TLS,
  UNREACHABLE,
  UNWANTED_ERROR,
  TEST_TIMEOUT,
  CLIENT_TIMEOUT,
  POLL,
  LAST_VALUE,
  UI_WAIT,
  DB_NAME,
  DB_WORDS,
  DB_CODE,
  DB_FRAME,
  DB_SOURCE,
  DB_PORT,
  SQLSTATE,
  SQLSTATE_IN_TEXT,
  ASSERTION_NAME,
  MATCHER,
  SCHEMA,
  SNAPSHOT,
  NOTHING,
  CRASH,
  MODULE,
  SYNTAX,
  SETUP,
  MACHINE,
  AUTH_WORDS,
  FORBIDDEN_WORDS,
  MISSING_WORDS,
  INVALID_WORDS,
  SERVER_WORDS,
} from './expressions';
import { assertedStatus, classOfObserved, operandsOf, thrownStatus, type Observed } from './statuses';

/** The network's part in a text: which kind, or none. */
function networkIn(text: string): string | undefined {
  if (REFUSED.test(text)) return 'refused';
  if (DNS.test(text)) return 'dns';
  if (RESET.test(text)) return 'reset';
  if (TLS.test(text)) return 'tls';
  return UNREACHABLE.test(text) ? 'unreachable' : undefined;
}

function statusOf(request: Partial<RequestRecord> | undefined): number | undefined {
  return typeof request?.status === 'number' ? request.status : undefined;
}

function historySigns(reading: Reading, add: (sign: string) => void): { status: number | undefined; refused: boolean } {
  const last = reading.requests.at(-1);
  if (!last) {
    add('history: none');
    return { status: undefined, refused: false };
  }
  const status = statusOf(last);
  const error = typeof last.error === 'string' ? last.error.slice(0, 500) : '';
  if (status !== undefined) add(`history: last ${status < 400 ? 'ok' : classOfObserved(status)}`);
  else if (error === '' || /time|ETIMEDOUT|abort/i.test(error)) add('history: last timed out');
  else add(networkIn(error) === undefined ? 'history: last unanswered' : 'history: last without connection');
  return { status, refused: status === undefined && REFUSED.test(error) };
}

function codeSigns(code: string, add: (sign: string) => void): void {
  if (code === '') return;
  if (code === 'ECONNABORTED' || code === 'ABORT_ERR') add('code: aborted');
  else if (/^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$|TIMEDOUT$|^23$|TIMEOUT/.test(code)) add('code: time-out');
  else if (networkIn(code) !== undefined || /^UND_ERR_SOCKET|^ERR_TLS|^ERR_SSL|^ERR_BODY/.test(code)) add('code: network');
  else if (SQLSTATE.test(code) && code !== 'EPERM') add('code: database');
  else if (/^(?:ER_|SQLITE_|ERR_SQLITE|P[12]0\d\d$|ORA-)/.test(code)) add('code: database');
  else if (code === 'ERR_ASSERTION') add('code: assertion');
  else if (/^ERR_BAD_RE|^ERR_NON_2XX/.test(code)) add('code: status');
  else if (/MODULE_NOT_FOUND|^ENOENT$|^EACCES$|^EPERM$|^EADDRINUSE$|^ERR_INVALID/.test(code)) add('code: set-up');
  else add('code: other');
}

/** What is known of a failure, as names of facts; the model weighs them. The order of the questions is `decided`'s: structure before words. */
export function signsOf(reading: Reading): ReadonlySet<string> {
  const { said, source, frames, logs } = reading;
  const signs = new Set<string>();
  const add = (sign: string): void => void signs.add(sign);
  const has = (sign: string, pattern: RegExp, text = said): boolean => {
    if (!pattern.test(text)) return false;
    add(sign);
    return true;
  };
  const history = historySigns(reading, add);
  codeSigns(reading.code, add);

  const operands = operandsOf(said);
  const compared = operands.length > 0;
  const asserted = assertedStatus(said, source, history.status);
  const told = thrownStatus(said);
  // Of two values that are compared, one may be the name of a status without being one.
  const thrown = told?.certainty === 2 && compared ? undefined : told;
  if (asserted) add(`asserted ${asserted.certainty}: ${classOfObserved(asserted.status)}`);
  if (thrown) add(`thrown ${thrown.certainty}: ${classOfObserved(thrown.status)}`);

  const unwanted = has('assertion: of no error', UNWANTED_ERROR);
  const assertionName = !unwanted && has('assertion: name', ASSERTION_NAME);
  const matcher = !unwanted && has('assertion: words', MATCHER);
  if (compared) add('assertion: operands');
  const nothing = operands.some(({ actual }) => NOTHING.test(actual.trim()));
  if (nothing) add('assertion: observed nothing');
  const schema = has('assertion: schema', SCHEMA);
  has('assertion: snapshot', SNAPSHOT);
  has('assertion: source', /\bassert|\bexpect\(|\bt\.(?:is|true|deepEqual|regex)\b|self\.assert|\.should\b/, source);

  const dbName = has('database: name', DB_NAME);
  const dbWords = has('database: words', DB_WORDS);
  const dbCode = [has('database: code', DB_CODE), SQLSTATE_IN_TEXT.test(said)].some(Boolean) || signs.has('code: database');
  const dbFrame = has('database: frame', DB_FRAME, frames);
  const thrownThere = [frames.split('\n', 1)[0] ?? '', frames.slice(frames.lastIndexOf('\n') + 1)].some((frame) => DB_FRAME.test(frame));
  if (thrownThere) add('database: thrown there');
  const dbSource = has('database: source', DB_SOURCE, source);
  const network = networkIn(said);
  if (network !== undefined) add(`network: ${network}`);
  const dbPort = network !== undefined && has('database: port', DB_PORT);

  const poll = has('time-out: poll', POLL);
  const last = poll
    ? /last (?:value|error|try|result|attempt|response)[^:]{0,20}(?::|was| failed)?:? ?(.{1,400})/i.exec(said)?.[1]
    : undefined;
  const testTimeout = has('time-out: test', TEST_TIMEOUT);
  const clientTimeout = has('time-out: client', CLIENT_TIMEOUT);
  if (poll) has('time-out: last value', LAST_VALUE);
  const refusedInLogs = REFUSED.test(logs);
  if (refusedInLogs) add('logs: refused');
  has('logs: database', DB_NAME, logs);
  has('logs: time-out', /timed out|TimeoutError|ETIMEDOUT/i, logs);
  const toldInLogs = thrownStatus(logs);
  if (toldInLogs) add(`logs: ${toldInLogs.status < 400 ? 'ok' : classOfObserved(toldInLogs.status)}`);

  const crash = has('crash: name', CRASH);
  const module = has('crash: module', MODULE);
  const syntax = has('crash: syntax', SYNTAX);
  const setUp = has('crash: set-up', SETUP);
  const machine = has('crash: machine', MACHINE);
  has('words: authentication', AUTH_WORDS);
  has('words: authorization', FORBIDDEN_WORDS);
  has('words: not found', MISSING_WORDS);
  has('words: validation', INVALID_WORDS);
  has('words: server', SERVER_WORDS);
  if (said.length < 40) add('short');

  const assertion = !unwanted && (assertionName || compared || matcher);
  const answer = decided({
    asserted,
    thrown: last === undefined ? thrown : thrownStatus(last),
    toldInLogs,
    assertion,
    assertionName,
    nothing,
    schema,
    database: dbName || dbCode || dbWords,
    dbNear: dbFrame || dbPort,
    thrownThere,
    dbSource,
    network: last === undefined ? network : networkIn(last),
    poll: poll && !(UI_WAIT.test(said) && !assertionName),
    lastKnown: last !== undefined,
    testTimeout,
    clientTimeout,
    refusedInLogs,
    crash: crash || module || syntax,
    setUp: setUp || machine,
    module,
    history,
    lastSign: [...signs].find((sign) => sign.startsWith('history: ')) ?? '',
    code: [...signs].find((sign) => sign.startsWith('code: ')) ?? '',
  });
  add(`decided: ${answer}`);
  add(`class: ${answer.split(' ', 1)[0] ?? ''}`);
  return signs;
}

interface Facts {
  asserted: Observed | undefined;
  thrown: Observed | undefined;
  toldInLogs: Observed | undefined;
  assertion: boolean;
  assertionName: boolean;
  nothing: boolean;
  schema: boolean;
  database: boolean;
  dbNear: boolean;
  thrownThere: boolean;
  dbSource: boolean;
  network: string | undefined;
  poll: boolean;
  lastKnown: boolean;
  testTimeout: boolean;
  clientTimeout: boolean;
  refusedInLogs: boolean;
  crash: boolean;
  setUp: boolean;
  module: boolean;
  history: { status: number | undefined; refused: boolean };
  lastSign: string;
  code: string;
}

/** The conventions as a cascade; its answer is one sign among the others, which say how far it can be trusted. */
function decided(f: Facts): string {
  const failedLast = f.history.status !== undefined && f.history.status >= 400 ? classOfObserved(f.history.status) : undefined;
  if (f.asserted && f.asserted.certainty === 3) return `${classOfObserved(f.asserted.status)} by an asserted status`;
  if (f.asserted && f.asserted.certainty === 2) return `${classOfObserved(f.asserted.status)} by what looks like an asserted status`;
  if (f.poll && !f.database) {
    if (f.network !== undefined) return 'network by a poll';
    if (f.thrown && f.thrown.status >= 300) return `${classOfObserved(f.thrown.status)} by a poll`;
    if (failedLast !== undefined) return `${failedLast} by a poll`;
    if (f.assertion || f.lastKnown || !f.clientTimeout) return 'assertion by a poll';
  }
  if (f.code === 'code: database' || (f.database && !(f.thrown && f.thrown.status >= 300))) return 'database by a driver';
  if (f.testTimeout)
    return f.network !== undefined || f.refusedInLogs || f.history.refused
      ? 'network by a test time-out'
      : f.dbNear && !f.dbSource
        ? 'database by a time-out'
        : 'timeout by the runner';
  if (f.network !== undefined && f.dbNear) return 'database by a refused connection';
  if (f.module) return 'other by a module';
  if (f.thrown && f.thrown.certainty === 3) return `${classOfObserved(f.thrown.status)} by a thrown status`;
  if (f.network === 'refused' || f.network === 'dns' || f.code === 'code: network') return 'network by a connection';
  if (f.clientTimeout && !f.assertionName) return f.dbNear ? 'database by a time-out' : 'timeout by a client';
  if (f.network !== undefined && !f.assertionName) return 'network by a connection';
  if (f.thrownThere && !f.assertionName && !f.asserted) return 'database by the frame that threw';
  if (f.thrown && f.thrown.status >= 300 && !f.assertion) return `${classOfObserved(f.thrown.status)} by a thrown status`;
  if (f.assertion || f.schema) {
    if (f.thrown && f.thrown.status >= 300 && !f.asserted) return `${classOfObserved(f.thrown.status)} by a status in an assertion`;
    if (failedLast !== undefined && (f.nothing || failedLast === 'server')) return `${failedLast} by the history under an assertion`;
    if (failedLast !== undefined) return `${failedLast} by the history beside an assertion`;
    if (f.toldInLogs && f.toldInLogs.status >= 400) return `${classOfObserved(f.toldInLogs.status)} by the logs under an assertion`;
    return f.crash && !f.assertionName ? 'other by a crash' : 'assertion';
  }
  if (f.crash || f.setUp) return failedLast === undefined ? 'other by a crash' : `${failedLast} by the history under a crash`;
  if (failedLast !== undefined) return `${failedLast} by the history`;
  if (f.lastSign === 'history: last without connection') return 'network by the history';
  if (f.lastSign === 'history: last timed out') return 'timeout by the history';
  if (f.dbNear) return 'database by a frame';
  return f.thrown ? 'assertion by a success that was told' : 'other';
}
