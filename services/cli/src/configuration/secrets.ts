import type { UsedVariable } from './variables';

/** Shorter values would mask half of every log line and protect nothing. */
const SHORTEST_SECRET = 4;
const SECRET_NAME = /token|secret|passw|pwd|credential|auth|cookie|session|(^|[_-])key|api_?key|private/i;
/** Headers that say how to talk, not who talks. */
const OPEN_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'cache-control', 'content-type', 'user-agent']);

/** What must be masked because of one header that is sent to the system under test: the value, and the part after its scheme. */
export function secretsOfHeader(name: string, value: string): string[] {
  if (OPEN_HEADERS.has(name.toLowerCase())) return [];
  const withoutScheme = /^(?:basic|bearer|token|digest|apikey)\s+(\S.*)$/i.exec(value)?.[1];
  return longEnough([value, ...(withoutScheme ? [withoutScheme] : [])]);
}

/**
 * What must be masked because of one variable: its value where its name says so, and a password inside a URL whatever
 * the name. A port or a host from a variable stays readable: masked, it would take the evidence out of every report.
 */
export function secretsOfVariable(variable: UsedVariable): string[] {
  const secrets: string[] = [];
  if (SECRET_NAME.test(variable.name)) secrets.push(variable.value);
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:([^/@\s]+)@/i.exec(variable.value)?.[1];
  if (password) secrets.push(password, decoded(password));
  return longEnough(secrets);
}

function longEnough(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value.trim().length >= SHORTEST_SECRET);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not percent-encoded: the written form is the only form.
  }
}

/** The text with every secret replaced; the longest first, so that no part of one stays behind. */
export function mask(text: string, secrets: readonly string[]): string {
  return secrets.toSorted((a, b) => b.length - a.length).reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}
