const MAX_LENGTH = 300;

/** A message with what differs between two failures of one kind masked: ids, numbers, what stands in quotes. Statuses of answers stay, since they tell kinds apart. */
export function wordsAlike(message: string): string {
  return (message.split('\n')[0] ?? '')
    .slice(0, 2 * MAX_LENGTH)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/https?:\/\/[^\s"'`)]+/g, '<url>')
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '<text>')
    .replace(/\b(?=[0-9a-z_-]*\d)(?=[0-9a-z_-]*[a-z])[0-9a-z_-]{8,}\b/gi, '<id>')
    .replace(/\b\d{4}-\d\d-\d\d(?:[T ][\d:.]+Z?)?/g, '<time>')
    .replace(/(?<![\w.])[1-5]\d\d(?![\w.]*\d)|\d+(?:\.\d+)?/g, (number) => (/^[1-5]\d\d$/.test(number) ? number : '<n>'))
    .slice(0, MAX_LENGTH);
}
