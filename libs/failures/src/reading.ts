import type { RequestRecord } from '@testimony/contracts';
import type { FailureToClassify } from './api';

/** More of one text is not read: the cause stands at its beginning or at its end, and the time of every expression below is bounded by this. */
const LONGEST_HEAD = 12_000;
const LONGEST_TAIL = 8_000;
const LONGEST_LINE = 1_000;
const MOST_LINES = 600;
/** The last lines that a test printed tell what it was doing. */
const MOST_LOG_LINES = 100;
const MOST_REQUESTS = 50;

/** A failure's texts, told apart: what was said, what the failing line of source was, and the frames of stacks. */
export interface Reading {
  /** What an error, a matcher or a runner said, without source and frames. */
  readonly said: string;
  /** The source line that failed, where the text shows it. */
  readonly source: string;
  readonly frames: string;
  readonly logs: string;
  readonly code: string;
  readonly requests: readonly Partial<RequestRecord>[];
}

// Colours and other control sequences of terminals; what follows a lone escape is text.
const ESCAPES = new RegExp(
  `${String.fromCharCode(27)}(?:\\[[0-9;?]*[A-Za-z]|\\][^${String.fromCharCode(7)}]{0,200}${String.fromCharCode(7)})`,
  'g',
);
const CONTROLS = new RegExp(
  `[${String.fromCharCode(0)}-${String.fromCharCode(8)}${String.fromCharCode(11)}-${String.fromCharCode(31)}]`,
  'g',
);

function bounded(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = value.length > LONGEST_HEAD + LONGEST_TAIL ? `${value.slice(0, LONGEST_HEAD)}\n${value.slice(-LONGEST_TAIL)}` : value;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(ESCAPES, '')
    .replace(CONTROLS, ' ')
    .replace(/[\u00a0\u2007\u202f\u00b7]/g, ' ');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const kept = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES / 2), ...lines.slice(-MOST_LINES / 2)] : lines;
  return kept.map((line) => (line.length > LONGEST_LINE ? line.slice(0, LONGEST_LINE) : line));
}

/** `at f (file:1:2)` of JavaScript and Java, Vitest's arrow, Ruby's `# ./spec/x.rb:3`, .NET's `in file:line 3`, a TAP frame without `at`. */
const FRAME =
  /^\s*(?:at (?!line\b)\S|\u276f |# \.?\/|from \/|\u203a |\.{3} \d+ (?:more|frames))|^\s*(?:\S+ )?\(?(?:file:\/\/|node:|\/)[^\s()]{1,300}:\d+:\d+\)?$|^\s+[\w/.-]+\.go:\d+(?: \+0x[0-9a-f]+)?$/;
const PYTHON_FRAME = /^\s*File "[^"]{1,400}", line \d+/;
/** `> 12 | expect(...)`, of Jest, Vitest and Playwright; the pointed one is the failing one. */
const NUMBERED = /^\s*(>)?\s*\d+\s?\|(.*)$/;
/** AVA shows three lines, the failing one in the middle. */
const AVA_NUMBERED = /^ {1,4}\d+: {1,}(.*)$/;
const POINTER = /^\s*\|?\s*[\^~]+\s*$/;
const PYTEST_SAID = /^E {1,7}(.*)$/;
const PYTEST_SOURCE = /^> {2,}(.*)$/;

interface Parts {
  said: string[];
  source: string[];
  frames: string[];
}

function pytestParts(lines: readonly string[]): Parts {
  const parts: Parts = { said: [], source: [], frames: [] };
  for (const line of lines) {
    const said = PYTEST_SAID.exec(line)?.[1];
    const source = PYTEST_SOURCE.exec(line)?.[1];
    if (said !== undefined) parts.said.push(said);
    else if (source !== undefined) parts.source = [source.trim()];
    else if (/^\S+\.py:\d+: *\w*/.test(line)) {
      parts.frames.push(line);
      const name = /^\S+\.py:\d+: *([\w.]+)$/.exec(line)?.[1];
      if (name !== undefined && name !== 'in') parts.said.push(`raised ${name}`);
    } else if (/^-+ Captured /.test(line)) parts.said.push('');
  }
  return parts;
}

/** Lines that only name the test: its words are the author's, not the failure's. */
const TITLE =
  /^\s*(?:\u25cf (?!Test suite failed)|[\u2716\u2717\u00d7\u2715] |\d+\) \S+\.(?:spec|test)\.|FAIL {1,2}\S|# |test at \S+:\d+|not ok \d+ - |#\d+\) |--- FAIL: |\[FAIL\]|\[ERROR\] +\w+(?:Test|IT)\b[.#]\w+:\d+$)/;
const UNITTEST_TITLE = /^(FAIL|ERROR): \w+ \(.*$/;

function plainParts(lines: readonly string[]): Parts {
  const parts: Parts = { said: [], source: [], frames: [] };
  let pointed = false;
  const ava: string[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    if (PYTHON_FRAME.test(line)) {
      parts.frames.push(line.trim());
      const indent = /^\s*/.exec(line)?.[0].length ?? 0;
      while (
        (/^\s*/.exec(lines[i + 1] ?? '')?.[0].length ?? 0) > indent &&
        (lines[i + 1] ?? '').trim() !== '' &&
        !PYTHON_FRAME.test(lines[i + 1] ?? '')
      ) {
        i += 1;
        const source = (lines[i] ?? '').trim();
        if (!/^[\^~]+$/.test(source)) parts.source = [source];
      }
      continue;
    }
    const numbered = NUMBERED.exec(line);
    if (numbered) {
      const source = (numbered[2] ?? '').trim();
      if (numbered[1] === '>' || POINTER.test(lines[i + 1] ?? '')) {
        parts.source = [source];
        pointed = true;
      } else if (!pointed) parts.source.push(source);
      continue;
    }
    if (POINTER.test(line) || TITLE.test(line)) continue;
    const rspec = /^\s*Failure\/Error: (.*)$/.exec(line)?.[1];
    if (rspec !== undefined) {
      parts.source = [rspec];
      continue;
    }
    const unittest = UNITTEST_TITLE.exec(line)?.[1];
    if (unittest !== undefined) {
      parts.said.push(`${unittest}:`);
      continue;
    }
    const avaLine = AVA_NUMBERED.exec(line)?.[1];
    if (avaLine !== undefined) ava.push(avaLine.trim());
    else if (FRAME.test(line)) parts.frames.push(line.trim());
    else parts.said.push(line);
  }
  if (ava.length > 0 && parts.source.length === 0) parts.source = [ava[Math.min(1, ava.length - 1)] ?? ''];
  return parts;
}

function partsOf(text: string): Parts {
  const lines = linesOf(text);
  return lines.some((line) => PYTEST_SAID.test(line)) ? pytestParts(lines) : plainParts(lines);
}

function logLines(logs: FailureToClassify['logs']): string {
  if (typeof logs === 'string') return bounded(logs).split('\n').slice(-MOST_LOG_LINES).join('\n');
  if (!Array.isArray(logs)) return '';
  return logs
    .slice(-MOST_LOG_LINES)
    .map((line) => bounded(line).slice(0, LONGEST_LINE))
    .join('\n');
}

function isRecord(value: unknown): value is Partial<RequestRecord> {
  return typeof value === 'object' && value !== null;
}

/** Says that something failed and not what: then the logs are all there is. */
const SAYS_NOTHING =
  /^\W*(?:(?:\d+ )?(?:tests?|specs?|suites?|examples?|steps?|scenarios?)? ?(?:has |have |run )?(?:failed|failure|failures|error|errors)|(?:command |process )?exit(?:ed)? (?:with )?(?:code|status) \d+|not ok(?: \d+)?|FAIL)?\W*$/i;

/** Reads any input without throwing; what is not of the expected type is as if it were absent. */
export function readFailure(failure: FailureToClassify): Reading {
  const told = bounded(failure.text);
  const rawStack = bounded(failure.stack);
  const logs = logLines(failure.logs);
  const text = partsOf(SAYS_NOTHING.test(told) && rawStack === '' ? `${told}\n${logs}` : told);
  const stack = partsOf(rawStack);
  const head = text.said.join('\n').trim();
  // A stack repeats the message; what it says beyond, causes above all, counts too.
  const beyond = stack.said.filter((line) => line.trim() !== '' && !head.includes(line.trim()));
  const requests: unknown = failure.requests;
  return {
    said: [head, ...beyond].join('\n').trim(),
    source: [...text.source, ...(text.source.length === 0 ? stack.source : [])].join('\n').slice(0, LONGEST_LINE),
    frames: [...text.frames, ...stack.frames].join('\n'),
    logs,
    code: typeof failure.code === 'string' ? failure.code.slice(0, 100) : '',
    requests: Array.isArray(requests) ? requests.slice(-MOST_REQUESTS).filter(isRecord) : [],
  };
}
