/** The line of the compiler's message, and what it says. */
export function syntaxProblem(error: unknown): { readonly line?: number; readonly message: string } {
  const text = String((error as { readonly message?: unknown }).message);
  const line = /[-─]\[(?:[^\]]*:)?(\d+):\d+\]/.exec(text)?.[1] ?? /^\s*(\d+)\s*[│|]/m.exec(text)?.[1];
  const said = /(?:^|\n)\s*[x×]\s+(.+)/.exec(text)?.[1] ?? text.split('\n')[0] ?? 'unreadable';
  return { ...(line !== undefined && { line: Number(line) }), message: `is not valid: ${said.trim()}` };
}
