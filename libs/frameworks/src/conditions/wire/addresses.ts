/** One origin of the system, and the one at which the test sees it. */
export interface Address {
  /** As `new URL(...).origin` says it. */
  readonly real: string;
  readonly seen: string;
}

export interface Addresses {
  /** What the system says, in the test's words. */
  readonly toTest: (text: string) => string;
  /** What the test says, in the system's words. */
  readonly toSystem: (text: string) => string;
  /** For what leaves the session: also where only host and port are named, as in an errno's message. */
  readonly toReader: (text: string) => string;
}

/** As texts carry an origin: plain, in JSON with escaped slashes, in a query or a form. */
const SPELLINGS = [(origin: string) => origin, (origin: string) => origin.replaceAll('/', String.raw`\/`), encodeURIComponent];

/** `http://shop` does not stand in `http://shop:8080`, nor in `http://shop.example`. */
const ENDS_HERE = String.raw`(?![\w-]|\.\w|:\d|%3A\d)`;

function replacer(pairs: readonly (readonly [from: string, to: string])[], end: string): (text: string) => string {
  const to = new Map(pairs);
  const froms = [...to.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map((from) => from.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
  if (froms.length === 0) return (text) => text;
  const pattern = new RegExp(`(?:${froms.join('|')})${end}`, 'g');
  return (text) => text.replace(pattern, (from) => to.get(from) ?? from);
}

/** Translates addresses of the system in whatever passes between it and a test that knows it by other ones. */
export function addressesOf(addresses: readonly Address[]): Addresses {
  const spelt = (from: keyof Address, to: keyof Address): [string, string][] =>
    addresses.flatMap((address) => SPELLINGS.map((spell): [string, string] => [spell(address[from]), spell(address[to])]));
  const toSystem = replacer(spelt('seen', 'real'), ENDS_HERE);
  const hosts = replacer(
    addresses.map(({ seen, real }): [string, string] => [new URL(seen).host, new URL(real).host]),
    String.raw`(?!\d)`,
  );
  return { toTest: replacer(spelt('real', 'seen'), ENDS_HERE), toSystem, toReader: (text) => hosts(toSystem(text)) };
}
