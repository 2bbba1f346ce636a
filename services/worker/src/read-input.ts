import type { Readable } from 'node:stream';

const MAX_LINE_BYTES = 4 * 1024 * 1024;

export interface InputLines {
  /** The next line as JSON; undefined when the stream ended before it came. */
  next(): Promise<unknown>;
}

/** Reads standard input line by line; `onEnd` is called when it ends, which is when whoever started this worker is gone. */
export function readInput(stream: Readable, onEnd: () => void): InputLines {
  let open = Buffer.alloc(0);
  let ended = false;
  let wake: (() => void) | undefined;
  const tooLong = (): boolean => open.length > MAX_LINE_BYTES;
  stream.on('data', (chunk: Buffer) => {
    if (!tooLong()) open = Buffer.concat([open, chunk]);
    wake?.();
  });
  const end = (): void => {
    ended = true;
    wake?.();
    onEnd();
  };
  stream.on('end', end);
  stream.on('error', end);
  return {
    async next() {
      while (!open.includes(10)) {
        if (tooLong()) throw new Error('the worker was started with too long an input');
        if (ended) return undefined;
        await new Promise<void>((done) => (wake = done));
      }
      const length = open.indexOf(10);
      const line = open.subarray(0, length).toString('utf8');
      open = open.subarray(length + 1);
      try {
        return JSON.parse(line);
      } catch {
        // The parser's message would quote the input, and the input holds secrets.
        throw new Error('the worker was started with an input that is not JSON, a line each');
      }
    },
  };
}
