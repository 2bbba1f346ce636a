import { runAgent } from '../agent';
import { EXIT_LOST } from '../exit';
import { readInput } from '../read-input';
import { fakeFramework } from './fake-framework';

// A worker process with tests that do what they are called: to be killed by specs.
const stop = new AbortController();
readInput(process.stdin, () => stop.abort())
  .then((input) => runAgent({ input, frameworkNamed: () => Promise.resolve(fakeFramework), signal: stop.signal, warn: () => undefined }))
  .then(
    () => process.exit(0),
    () => process.exit(EXIT_LOST),
  );
