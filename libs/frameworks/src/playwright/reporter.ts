import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import { FRAME_FD, ROOT_VARIABLE, type ListedTest, type PlaywrightFrame, type ReportedError } from './frames';

// Loaded by the Playwright of the project. Only what its reporter interface has promised for long is used, typed here,
// because Playwright is no dependency of this package.

interface Location {
  readonly file: string;
  readonly line: number;
}
interface Annotation {
  readonly type: string;
  readonly description?: string;
}
interface SuiteOfPlaywright {
  readonly type: 'root' | 'project' | 'file' | 'describe';
  readonly title: string;
  readonly location?: Location;
  readonly parent?: SuiteOfPlaywright;
  allTests(): TestOfPlaywright[];
  project?(): { readonly use?: { readonly baseURL?: string } } | undefined;
}
interface TestOfPlaywright {
  readonly title: string;
  readonly location: Location;
  readonly parent: SuiteOfPlaywright;
  readonly expectedStatus: string;
  readonly timeout: number;
  readonly annotations: readonly Annotation[];
  readonly tags?: readonly string[];
}
interface StepOfPlaywright {
  readonly title: string;
  readonly category: string;
  readonly duration: number;
  readonly error?: ReportedError;
  readonly steps: readonly StepOfPlaywright[];
}
interface ResultOfPlaywright {
  readonly status: 'passed' | 'failed' | 'timedOut' | 'skipped' | 'interrupted';
  readonly startTime: Date;
  readonly duration: number;
  readonly errors: readonly ReportedError[];
  readonly stdout: readonly (string | Buffer)[];
  readonly stderr: readonly (string | Buffer)[];
  readonly steps: readonly StepOfPlaywright[];
  readonly attachments: readonly { readonly name: string; readonly contentType: string; readonly path?: string; readonly body?: Buffer }[];
  readonly annotations?: readonly Annotation[];
}

/** Bounds of what one test may say; the session cuts again by lines. */
const MOST_STEPS = 100;
const MOST_OUTPUT = 64 * 1024;
const MOST_ATTACHED_TEXT = 2048;
const MOST_ERRORS = 5;

function send(frame: PlaywrightFrame): void {
  let rest = Buffer.from(`${JSON.stringify(frame)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(FRAME_FD, rest));
}

const root = process.env[ROOT_VARIABLE] ?? process.cwd();

function placeOf(test: TestOfPlaywright): { file: string; project: string; titlePath: string[] } {
  const titles = [test.title];
  let file = test.location.file;
  let project = '';
  for (let suite: SuiteOfPlaywright | undefined = test.parent; suite; suite = suite.parent) {
    if (suite.type === 'describe' && suite.title !== '') titles.unshift(suite.title);
    if (suite.type === 'file') file = suite.location?.file ?? file;
    if (suite.type === 'project') project = suite.title;
  }
  if (project !== '') titles.unshift(`[${project}]`);
  return { file: relative(root, file).replaceAll('\\', '/'), project, titlePath: titles };
}

function skipOf(annotations: readonly Annotation[]): string | undefined {
  const found = annotations.find(({ type }) => type === 'skip' || type === 'fixme');
  return found && (found.description ?? `marked test.${found.type}`);
}

function listed(test: TestOfPlaywright): ListedTest {
  const skip = test.expectedStatus === 'skipped' ? (skipOf(test.annotations) ?? 'skipped by Playwright') : undefined;
  const baseUrl = test.parent.project?.()?.use?.baseURL;
  return {
    ...placeOf(test),
    ...(baseUrl !== undefined && { baseUrl }),
    line: test.location.line,
    tags: (test.tags ?? []).map((tag) => tag.replace(/^@/, '')),
    timeoutMs: test.timeout,
    ...(skip !== undefined && { skip }),
  };
}

function stepsOf(steps: readonly StepOfPlaywright[], indent = ''): string[] {
  return steps.flatMap((step) => [
    ...(step.category === 'hook' ? [] : [`${indent}${step.title} (${Math.round(step.duration)} ms)${step.error ? ' failed' : ''}`]),
    ...stepsOf(step.steps, step.category === 'hook' ? indent : `${indent}  `),
  ]);
}

/** Tidying up afterwards is no step of the test. */
function lastStepError(steps: readonly StepOfPlaywright[]): string | undefined {
  const last = steps.findLast(({ category }) => category !== 'hook');
  return last && (lastStepError(last.steps) ?? last.error?.message);
}

function outputOf(result: ResultOfPlaywright): string[] {
  const text = [...result.stdout, ...result.stderr].map((chunk) => (typeof chunk === 'string' ? chunk : chunk.toString('utf8'))).join('');
  return text === '' ? [] : text.slice(0, MOST_OUTPUT).replace(/\n$/, '').split('\n');
}

function plainError({ message, stack, value }: ReportedError): ReportedError {
  return { ...(message !== undefined && { message }), ...(stack !== undefined && { stack }), ...(value !== undefined && { value }) };
}

export default class FrameReporter {
  onBegin(_config: unknown, suite: SuiteOfPlaywright): void {
    send({ type: 'tests', tests: suite.allTests().map(listed) });
  }

  onTestBegin(test: TestOfPlaywright): void {
    const { file, titlePath } = placeOf(test);
    send({ type: 'begin', file, titlePath });
  }

  onTestEnd(test: TestOfPlaywright, result: ResultOfPlaywright): void {
    const { file, titlePath } = placeOf(test);
    const stepError = lastStepError(result.steps);
    const skip =
      result.status === 'skipped' ? (skipOf([...test.annotations, ...(result.annotations ?? [])]) ?? 'skipped by Playwright') : undefined;
    send({
      type: 'end',
      test: {
        file,
        titlePath,
        status: result.status,
        expectedStatus: test.expectedStatus,
        startedAt: result.startTime.toISOString(),
        durationMs: result.duration,
        ...(skip !== undefined && { skip }),
        errors: result.errors.slice(0, MOST_ERRORS).map(plainError),
        output: outputOf(result),
        steps: stepsOf(result.steps).slice(0, MOST_STEPS),
        ...(stepError !== undefined && { lastStepError: stepError.slice(0, MOST_ATTACHED_TEXT) }),
        attachments: result.attachments.map(({ name, contentType, path, body }) => ({
          name,
          contentType,
          ...(path !== undefined && { path }),
          ...(body && /text|json/.test(contentType) && { body: body.toString('utf8', 0, MOST_ATTACHED_TEXT) }),
        })),
      },
    });
  }

  onError(error: ReportedError & { readonly location?: Location }): void {
    const { location } = error;
    send({
      type: 'error',
      error: plainError(error),
      ...(location && { file: relative(root, location.file).replaceAll('\\', '/'), line: location.line }),
    });
  }

  /** Playwright adds its own terminal output when no reporter prints. */
  printsToStdio(): boolean {
    return true;
  }
}
