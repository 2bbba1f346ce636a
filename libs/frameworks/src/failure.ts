import type { Failure } from '@testimony/contracts';

type FailureClass = Failure['class'];

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTFOUND',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EPROTO',
  'ERR_NETWORK',
  'ERR_BODY_TOO_LARGE',
  'ERR_BODY_ENCODING',
  'UND_ERR_SOCKET',
]);
const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
/** SQLSTATE, as drivers of Postgres give it. */
const SQLSTATE = /^(?:0[1-9A-Z]|2[0-9A-F]|3[0-9B-F]|4[0-4]|5[3-8]|F0|HV|P0|XX)[0-9A-Z]{3}$/;
const DATABASE_NAMES =
  /^(?:DatabaseError|QueryFailedError|MongoError|MongoServerError|SequelizeDatabaseError|PrismaClient\w*Error|OperationalError|IntegrityError)$/;
const CLASSES = new Set([
  'assertion',
  'timeout',
  'network',
  'authentication',
  'authorization',
  'not_found',
  'validation',
  'server',
  'database',
  'other',
]);

/** Texts longer than this say nothing more to a reader. */
const LONGEST_MESSAGE = 4000;
const LONGEST_STACK = 8000;
const LONGEST_VALUE = 4000;

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

function read(thrown: object, name: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function text(thrown: object, name: string): string | undefined {
  const value = read(thrown, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A value as a report shows it. Never throws: what was thrown may have hostile getters. */
/** `clean` comes before the cut, which could halve a secret and show that half. */
function shownValue(value: unknown, clean: (text: string) => string): string {
  if (typeof value === 'string') return cut(clean(value), LONGEST_VALUE);
  try {
    const asymmetric = typeof value === 'object' && value !== null && typeof read(value, 'asymmetricMatch') === 'function';
    const json = asymmetric ? undefined : JSON.stringify(value);
    return cut(clean(json ?? String(value)), LONGEST_VALUE);
  } catch {
    return 'a value that cannot be shown';
  }
}

/** The innermost error that carries a code: fetch hides the errno two causes deep. */
function codeOf(thrown: object): string | undefined {
  let at: unknown = thrown;
  let found: string | undefined;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    const code = text(at, 'code');
    if (code !== undefined && (found === undefined || NETWORK_CODES.has(code) || TIMEOUT_CODES.has(code))) found = code;
    const errors = read(at, 'errors');
    at = read(at, 'cause') ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return found;
}

/** The class of a thrown object, from what it says of itself, its code, or its name; in this order. */
export function classOf(thrown: object): FailureClass {
  const own = text(thrown, 'failureClass');
  if (own !== undefined && CLASSES.has(own)) return own as FailureClass;
  const code = codeOf(thrown);
  const name = text(thrown, 'name') ?? '';
  if (code !== undefined) {
    if (NETWORK_CODES.has(code)) return 'network';
    if (TIMEOUT_CODES.has(code)) return 'timeout';
    if (code === 'ERR_ASSERTION') return 'assertion';
    if (SQLSTATE.test(code) && code !== 'EPERM') return 'database';
  }
  if (name === 'AssertionError' || read(thrown, 'matcherResult') !== undefined || name === 'JestAssertionError') return 'assertion';
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  return DATABASE_NAMES.test(name) ? 'database' : 'other';
}

export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Where a project lies, and which files of a stack are ours. */
export interface StackView {
  /** The project's folder, absolute. */
  readonly root: string;
  /** Whether a file of a stack belongs to the program and says nothing to the author of a test. */
  readonly ours: (file: string) => boolean;
}

const FRAME =
  /^\s*at (?:async (?=file:|\/))?(?:(.*?) \()?((?:file:\/\/|\/|[A-Za-z]:[\\/]|node:|internal\/)[^()]*?)(?::(\d+))?(?::(\d+))?\)?$/;

/** A path of a stack frame as the project knows it; absolute where it lies outside. */
function projectPath(file: string, root: string): string {
  let path = file.replace(/^file:\/\//, '').replace(/\?[^/]*$/, '');
  if (file.startsWith('file://')) {
    try {
      path = decodeURIComponent(path);
    } catch {
      // A percent sign that was never encoded: the path is right as it stands.
    }
  }
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

/** A stack without our own and Node's frames, paths relative to the project, and the first place in the project's own files. */
export function readableStack(stack: string, view: StackView): { readonly stack: string; readonly place?: Place } {
  const kept: string[] = [];
  let place: Place | undefined;
  // A script that does not parse has its place on the first line instead of in a frame.
  const unparsed = /^((?:file:\/\/)?\/\S+?):(\d+)\n/.exec(stack);
  const unparsedFile = unparsed?.[1] === undefined ? undefined : projectPath(unparsed[1], view.root);
  if (unparsedFile !== undefined && !unparsedFile.startsWith('/')) place = { file: unparsedFile, line: Number(unparsed?.[2]) };
  for (const line of stack.split('\n')) {
    const frame = /^\s*at /.test(line) ? FRAME.exec(line) : null;
    if (!frame) {
      if (!/^\s*at (?:async )?(?:new )?Promise|^\s*at .*\(<anonymous>\)$/.test(line)) kept.push(line);
      continue;
    }
    const [, name, rawFile = '', row, column] = frame;
    if (rawFile.startsWith('node:') || rawFile.startsWith('internal/')) continue;
    const file = projectPath(rawFile, view.root);
    if (view.ours(file)) continue;
    const at = `${file}${row === undefined ? '' : `:${row}`}${column === undefined ? '' : `:${column}`}`;
    kept.push(name === undefined ? `    at ${at}` : `    at ${name} (${at})`);
    if (!place && row !== undefined && !file.startsWith('/') && !file.includes('node_modules/')) place = { file, line: Number(row) };
  }
  return { stack: cut(kept.join('\n'), LONGEST_STACK), ...(place && { place }) };
}

// Matchers colour their messages for terminals, reports are read elsewhere too.
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

export function withoutColours(value: string): string {
  return value.replace(ESCAPES, '');
}

/** In one line more than this is read by nobody. */
const SHOWN_DIFFERENCES = 4;

/** The cause in one line: matchers write theirs over several, with what was expected and received further down. */
export function firstLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const at = lines.findIndex((line) => line !== '');
  const first = (lines[at] ?? '').replace(/ \/\/ [\w.]+ equality$/, '');
  const rest = lines.slice(at + 1);
  const facts = rest.filter((line) => /^(?:Expected|Received)\b.*:/.test(line));
  return [first, ...(facts.length > 0 ? facts.slice(0, 2) : differences(rest))].join('; ');
}

/** Of a diff as Jest prints it (`- Expected - 1`, `+ Received + 1`, then the lines) the first that differ. */
function differences(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => /^- Expected\b/.test(line));
  if (start < 0) return [];
  const changed = lines.slice(start + 2).filter((line) => /^[-+] /.test(line));
  return changed
    .slice(0, SHOWN_DIFFERENCES)
    .map((line) => `${line.startsWith('-') ? 'expected' : 'received'} ${line.slice(1).trim().replace(/,$/, '')}`);
}

/** Any thrown thing as a failure: its class, one clear message, a stack a person can read, the place in the project. */
export function failureOf(thrown: unknown, view: StackView, mask: (text: string) => string): Failure {
  if (typeof thrown !== 'object' || thrown === null) {
    return {
      class: 'other',
      message: mask(
        cut(
          `the test threw ${typeof thrown === 'string' ? `the text '${thrown}'` : shownValue(thrown, mask)} instead of an Error`,
          LONGEST_MESSAGE,
        ),
      ),
    };
  }
  const clean = (value: string): string => mask(withoutColours(value));
  const name = text(thrown, 'name');
  const said = text(thrown, 'message');
  const generic =
    name === undefined ||
    name === 'Error' ||
    name === 'AssertionError' ||
    name === 'JestAssertionError' ||
    name.endsWith('Error') === false;
  const own = text(thrown, 'failureClass') !== undefined;
  const message = said === undefined ? (name ?? shownValue(thrown, clean)) : generic || own ? said : `${name}: ${said}`;
  const rawStack = text(thrown, 'stack');
  const { stack, place } = rawStack === undefined ? { stack: undefined, place: undefined } : readableStack(clean(rawStack), view);
  const matcher = read(thrown, 'matcherResult');
  const source = typeof matcher === 'object' && matcher !== null && 'expected' in matcher ? matcher : thrown;
  const code = codeOf(thrown);
  const value = (key: 'expected' | 'actual'): string | undefined => {
    const found = read(source, key);
    return found === undefined ? undefined : shownValue(found, clean);
  };
  const expected = value('expected');
  const actual = value('actual');
  return {
    class: classOf(thrown),
    message: cut(firstLine(clean(message)), LONGEST_MESSAGE),
    ...(stack !== undefined && { stack }),
    ...(code !== undefined && code !== 'ERR_ASSERTION' && { code }),
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
    ...(place && { file: place.file, line: place.line }),
  };
}
