import { stripVTControlCharacters } from 'node:util';

// What a test says is not to be trusted: an escape sequence in a failure message could clear the screen, retitle the
// window or hide the failure itself.

/** C0 and C1 controls but for tab and line feed. */
const CONTROLS = /(?![\t\n])\p{Cc}/gu;

/** The text without terminal sequences and control characters; lines and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replace(CONTROLS, '').toWellFormed();
}

/** The first line that says something, cut to `longest` characters. */
export function firstLine(text: string, longest = 200): string {
  const line = plainText(text)
    .split('\n')
    .map((candidate) => candidate.trim())
    .find((candidate) => candidate !== '');
  return cut(line ?? '', longest);
}

export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, Math.max(0, longest - 1)).toWellFormed()}…`;
}

/** `3.2 s`, `850 ms`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `1 test`, `2 tests`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A share from 0 to 1 in whole percents: `42 %`. What is not certain is never said to be: `over 99 %`, `under 1 %`. */
export function percent(share: number): string {
  const whole = Math.round(share * 100);
  if (whole === 100 && share < 1) return 'over 99 %';
  return whole === 0 && share > 0 ? 'under 1 %' : `${whole} %`;
}
