/** Path segments that name one thing rather than a kind of thing: numbers, `c45`, `ord_12`, UUIDs, long hexadecimal or mixed identifiers; not `v2`, a version. */
const IDENTIFIER = /^(?:\d+|(?!v\d+$)[a-z]{1,4}[-_]?\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|(?=[^/]*\d)[\w.~-]{16,})$/i;

/** Method and path of a request with what names single things as `{}`, so that requests of two runs can be compared: `GET /orders/{}`. Queries do not count. */
export function requestShape(method: string, url: string): string {
  const path = (URL.canParse(url) ? new URL(url).pathname : url.split(/[?#]/, 1)[0]) ?? '/';
  const segments = path.split('/').map((segment) => (IDENTIFIER.test(segment) ? '{}' : segment));
  return `${method.toUpperCase()} ${segments.join('/') || '/'}`;
}
