import type { LoggerService } from '@nestjs/common';
import { appendFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LARGEST_LOG_BYTES = 5 * 1024 * 1024;

/** Where the services write what they notice: warnings and errors to `logs/services.log` of the state folder, everything to stderr with `-v`. */
export function serviceLog(stateFolder: string, verbose: boolean): LoggerService {
  const file = join(stateFolder, 'logs', 'services.log');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG_BYTES) rmSync(file);
  const write = (level: string, kept: boolean, message: unknown, rest: readonly unknown[]): void => {
    const [context] = rest.slice(-1);
    const text = message instanceof Error ? (message.stack ?? message.message) : String(message);
    const line = `${JSON.stringify({ at: new Date().toISOString(), level, context, message: text })}\n`;
    if (verbose) process.stderr.write(line);
    if (!kept) return;
    mkdirSync(join(stateFolder, 'logs'), { recursive: true });
    appendFileSync(file, line);
  };
  return {
    log: (message, ...rest) => write('info', false, message, rest),
    warn: (message, ...rest) => write('warn', true, message, rest),
    error: (message, ...rest) => write('error', true, message, rest),
    fatal: (message, ...rest) => write('fatal', true, message, rest),
  };
}
