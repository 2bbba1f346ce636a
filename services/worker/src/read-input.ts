import type { WorkerInput } from '@testimony/contracts';
import type { Readable } from 'node:stream';

const MAX_INPUT_BYTES = 4 * 1024 * 1024;

/** Reads the first line; afterwards `onEnd` is called when the stream ends. */
export function readInput(stream: Readable, onEnd: () => void): Promise<WorkerInput> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let read = false;
    stream.on('data', (chunk: Buffer) => {
      if (read) return;
      bytes += chunk.length;
      if (bytes > MAX_INPUT_BYTES) return reject(new Error('the worker was started with too long an input'));
      chunks.push(chunk);
      if (!chunk.includes(10)) return;
      read = true;
      const text = Buffer.concat(chunks).toString('utf8');
      chunks.length = 0;
      try {
        resolve(JSON.parse(text.slice(0, text.indexOf('\n'))) as WorkerInput);
      } catch {
        // The parser's message would quote the input, and the input holds secrets.
        reject(new Error('the worker was started with an input that is not one line of JSON'));
      }
    });
    const ended = (): void => {
      if (read) onEnd();
      else reject(new Error('the worker was started without its input; the runner starts workers'));
    };
    stream.on('end', ended);
    stream.on('error', ended);
  });
}
