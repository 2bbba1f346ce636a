interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly expiresAt: number;
}

/** A server that sets more than this is broken; the oldest go first. */
const MOST_COOKIES = 200;

function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000;
  const expires = Date.parse(attributes.get('expires') ?? '');
  return Number.isNaN(expires) ? Infinity : expires;
}

function defaultPath(pathname: string): string {
  const cut = pathname.lastIndexOf('/');
  return cut <= 0 ? '/' : pathname.slice(0, cut);
}

function parse(line: string, url: URL, now: number): Cookie | undefined {
  const [pair = '', ...rest] = line.split(';');
  const equals = pair.indexOf('=');
  if (equals < 1) return undefined;
  const attributes = new Map(
    rest.map((part) => {
      const at = part.indexOf('=');
      return [(at < 0 ? part : part.slice(0, at)).trim().toLowerCase(), at < 0 ? '' : part.slice(at + 1).trim()] as const;
    }),
  );
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase();
  if (domain && url.hostname !== domain && !url.hostname.endsWith(`.${domain}`)) return undefined;
  const path = attributes.get('path');
  return {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    domain: domain || url.hostname,
    hostOnly: !domain,
    path: path?.startsWith('/') ? path : defaultPath(url.pathname),
    secure: attributes.has('secure'),
    expiresAt: expiryOf(attributes, now),
  };
}

/** Cookies of one page, kept by domain, path and expiry as RFC 6265 says; Secure cookies also go to the loopback host, as in browsers. */
export interface CookieJar {
  store(lines: readonly string[], url: URL): void;
  /** The value of the Cookie header for this URL; empty without any. */
  headerFor(url: URL): string;
  clear(): void;
}

/** Servers set expiries by the time that it is: a test that moves its clock must not lose its login by it. */
const machineNow = Date.now;

export function cookieJar(now: () => number = machineNow): CookieJar {
  const cookies = new Map<string, Cookie>();
  return {
    store(lines, url) {
      for (const line of lines) {
        const cookie = parse(line, url, now());
        if (!cookie) continue;
        const key = `${cookie.domain}\n${cookie.path}\n${cookie.name}`;
        cookies.delete(key);
        if (cookie.expiresAt > now()) cookies.set(key, cookie);
        if (cookies.size > MOST_COOKIES) cookies.delete(cookies.keys().next().value ?? '');
      }
    },
    headerFor(url) {
      if (cookies.size === 0) return '';
      const loopback = url.hostname === 'localhost' || /^127(?:\.\d+){3}$/.test(url.hostname) || url.hostname === '[::1]';
      return [...cookies.values()]
        .filter(
          (cookie) =>
            (url.hostname === cookie.domain || (!cookie.hostOnly && url.hostname.endsWith(`.${cookie.domain}`))) &&
            (url.pathname === cookie.path || url.pathname.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`)) &&
            (!cookie.secure || url.protocol === 'https:' || loopback) &&
            cookie.expiresAt > now(),
        )
        .sort((a, b) => b.path.length - a.path.length)
        .map((cookie) => `${cookie.name}=${cookie.value}`)
        .join('; ');
    },
    clear: () => cookies.clear(),
  };
}
