import type { WorkerAssignment, WorkerWorkspace } from '@testimony/contracts';
import { runAgent } from '../agent';
import { EXIT_LOST } from '../exit';
import { readInput } from '../read-input';
import { fakeFramework } from './fake-framework';

// A worker process with tests that do what they are called: to be killed by specs.
const stop = new AbortController();
async function main(): Promise<void> {
  const lines = readInput(process.stdin, () => stop.abort());
  const input = { workspace: (await lines.next()) as WorkerWorkspace, assignment: (await lines.next()) as WorkerAssignment };
  await runAgent({ input, frameworkNamed: () => Promise.resolve(fakeFramework), signal: stop.signal, warn: () => undefined });
}

main().then(
  () => process.exit(0),
  () => process.exit(EXIT_LOST),
);
