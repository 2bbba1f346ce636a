/** Joins pieces of a path into `/a/b`: one slash between pieces, none at the end; `/` when all are empty. */
export function joinPath(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}

/**
 * A path as Express and Nest write it (`/orders/:id(\\d+)`, `/files/*path`, `/orders{/:id}`) with its parameters as `{id}`.
 * An unnamed wildcard becomes `{wildcard}`.
 */
export function templatePath(path: string): string {
  return path
    .replace(/\{([^{}]+)\}/g, '$1')
    .replace(/:([A-Za-z_$][\w$]*)(\([^()]*\))?[?+*]?/g, '{$1}')
    .replace(/\*([A-Za-z_$][\w$]*)/g, '{$1}')
    .replace(/\(?[.]?\*\)?/g, '{wildcard}');
}

/** The path with the names of its parameters taken out, so that `/orders/{id}` of a document meets `/orders/{orderId}` of a source. */
export function namelessPath(path: string): string {
  return path.replace(/\{[^{}]*\}/g, '{}');
}

/** The names in braces, in order. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
}

/** Codepoint order: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
