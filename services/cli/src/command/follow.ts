import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '@testimony/contracts';
import type { TestStrategy } from '@testimony/contracts';
import type { Executions } from '@testimony/execution';
import type { Backend } from '../backend';
import { lineProgress, liveProgress } from '../report/progress';
import type { Progress } from '../report/progress';
import type { ChosenReporter } from '../report/reporters';
import { canRedraw, painter, sayData, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';

/** How soon a person hears that nothing will happen any more. */
const TROUBLE_EVERY_MS = 2_000;
/** A politely cancelled execution ends when its workers have; past this it is reported as it stands. */
const CANCEL_GRACE_MS = 15_000;

/** Shows the execution until it ends. Returns what stopped it before its time. */
export async function follow(
  world: World,
  backend: Backend,
  executionId: string,
  strategy: TestStrategy,
  options: { readonly reporters: readonly ChosenReporter[]; readonly maxFailures: number | undefined; readonly json: boolean },
): Promise<'max-failures' | 'interruption' | undefined> {
  const { executions } = backend;
  const progress = progressOf(world, strategy, options.reporters);
  const { signal } = world.interruption;
  const watching = new AbortController();
  let stopped: 'max-failures' | 'interruption' | undefined;
  let failures = 0;
  let cancelling: Promise<void> | undefined;
  const cancel = (why: 'max-failures' | 'interruption', reason: string): void => {
    if (stopped !== undefined) return;
    stopped = why;
    progress?.say(`Stopping: ${reason}${why === 'interruption' ? ' (again to stop at once)' : ''}`);
    cancelling = cancelWithin(executions, executionId, reason, watching);
    // Awaited below; this keeps a refusal that comes first from being called unhandled.
    cancelling.catch(() => undefined);
  };
  const interrupted = (): void => cancel('interruption', world.interruption.exitCode() === 143 ? 'SIGTERM' : 'Ctrl-C');
  signal.addEventListener('abort', interrupted, { once: true });
  if (signal.aborted) interrupted();
  let broken: string | undefined;
  const asking = setInterval(() => {
    // A database that is away is no trouble yet: whoever needs it waits for it, within a bound.
    backend.trouble().then(
      (found) => {
        broken ??= found;
        if (found !== undefined) watching.abort();
      },
      () => undefined,
    );
  }, TROUBLE_EVERY_MS);
  try {
    for await (const item of executions.watch(executionId, watching.signal)) {
      progress?.see(item);
      if (options.json) sayData(world, item);
      if (item.kind === 'decided' && item.data.verdict === 'failed') failures += 1;
      if (options.maxFailures !== undefined && failures >= options.maxFailures) {
        cancel('max-failures', `${failures} failed, which is the limit of --max-failures`);
      }
      if (item.kind === 'ended') break;
    }
  } catch (error) {
    if (!watching.signal.aborted) throw error;
  } finally {
    clearInterval(asking);
    signal.removeEventListener('abort', interrupted);
    progress?.end();
    watching.abort();
  }
  if (broken !== undefined) throw new DomainError('service-broken', broken, 503);
  await cancelling;
  return stopped;
}

/** Asks for the end, and stops watching when it does not come. */
async function cancelWithin(executions: Executions, executionId: string, reason: string, watching: AbortController): Promise<void> {
  try {
    await executions.cancel(executionId, reason);
    await pause(CANCEL_GRACE_MS, undefined, { signal: watching.signal, ref: false }).catch(() => undefined);
  } finally {
    watching.abort();
  }
}

function progressOf(world: World, strategy: TestStrategy, reporters: readonly ChosenReporter[]): Progress | undefined {
  const names = reporters.filter(({ file }) => file === undefined).map(({ name }) => name);
  const paint = painter(wantsColour(world.environment, world.stderr));
  if (names.includes('terminal') && canRedraw(world.environment, world.stderr)) return liveProgress(strategy, world.stderr, paint);
  return names.includes('terminal') || names.includes('line') ? lineProgress(strategy, world.stderr, paint) : undefined;
}
