/** As a part of a regular expression that means just this text; Playwright takes its file arguments for such. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
