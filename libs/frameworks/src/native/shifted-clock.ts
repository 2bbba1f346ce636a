/** What shows the time of day to a test: everything else (timers, performance.now, files' times) keeps the machine's clock. */
export interface ShiftedClock {
  /** From now on the test's clock stands at its instant, and runs on from there. */
  begin(): void;
}

/**
 * Gives this process's code a clock of its own: `new Date()`, `Date()`, `Date.now()`, and `Intl.DateTimeFormat` where it is given no
 * date. Dates made before and after are of one class. Called once, before anything remembers what `Date` was.
 */
export function shiftClock(instant: string): ShiftedClock {
  const RealDate = Date;
  const realNow = RealDate.now;
  const { construct, apply, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const start = RealDate.parse(instant);
  let offset = start - realNow();
  const now = (): number => realNow() + offset;

  // A function rather than a class: Date may be called without new.
  const ShownDate = function (this: unknown, ...parts: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(now()).toString();
    const given = parts.length === 0 ? [now()] : parts;
    return construct(RealDate, given, new.target === (ShownDate as unknown) ? RealDate : new.target);
  };
  for (const key of ownKeys(RealDate)) {
    const descriptor = getOwnPropertyDescriptor(RealDate, key);
    if (descriptor) defineProperty(ShownDate, key, key === 'now' ? { ...descriptor, value: { now }.now } : descriptor);
  }
  defineProperty(RealDate.prototype, 'constructor', { value: ShownDate, writable: true, configurable: true, enumerable: false });
  defineProperty(globalThis, 'Date', { value: ShownDate, writable: true, configurable: true, enumerable: false });

  const formats = Intl.DateTimeFormat.prototype;
  const { get: formatOf } = getOwnPropertyDescriptor(formats, 'format') ?? {};
  const formatToParts: unknown = getOwnPropertyDescriptor(formats, 'formatToParts')?.value;
  if (formatOf) {
    defineProperty(formats, 'format', {
      configurable: true,
      enumerable: false,
      get(this: Intl.DateTimeFormat) {
        const format = apply(formatOf, this, []) as (date: unknown) => string;
        return (date?: unknown) => format(date === undefined ? now() : date);
      },
    });
  }
  formats.formatToParts = function (this: Intl.DateTimeFormat, date) {
    const convert = formatToParts as Intl.DateTimeFormat['formatToParts'];
    return apply(convert, this, [date === undefined ? now() : date]);
  };

  return { begin: () => void (offset = start - realNow()) };
}
