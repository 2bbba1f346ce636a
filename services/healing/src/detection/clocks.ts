/** A moment at which code that counts time goes wrong, and one as far from now at which it does not. */
export interface Moment {
  readonly name: string;
  readonly at: Date;
  /**
   * A test whose clock is moved away from the system's fails for that alone when the two compare times. It does so at this moment as
   * well, which is as far off and harmless: only a test that fails at `at` and passes here has trouble with the moment.
   */
  readonly control: Date;
  readonly timeZone: string;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The moments nearest to `now`. Those that are passed, a midnight say, come in the middle of a test that takes `durationMs`. */
export function momentsNear(now: Date, durationMs: number): Moment[] {
  const half = Math.min(Math.max(durationMs / 2, 1), 30_000);
  const year = now.getUTCFullYear();
  const nearest = (moments: readonly number[]): number =>
    moments.reduce((best, moment) => (Math.abs(moment - now.getTime()) < Math.abs(best - now.getTime()) ? moment : best));
  const utc = (y: number, month: number, day: number, hour = 0): number => Date.UTC(y, month, day, hour);
  const today = utc(year, now.getUTCMonth(), now.getUTCDate());
  const years = [year - 4, year - 3, year - 2, year - 1, year, year + 1, year + 2, year + 3, year + 4];

  const midnight = nearest([today, today + DAY]);
  const monthTurn = nearest([-1, 0, 1, 2].map((ahead) => utc(year, now.getUTCMonth() + ahead, 1)));
  const lastOfJanuary = nearest(years.map((y) => utc(y, 0, 31, 12)));
  const leapDay = nearest(years.filter((y) => y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0)).map((y) => utc(y, 1, 29, 12)));
  const sunday = nearest(
    [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6]
      .map((ahead) => today + ahead * DAY + DAY / 2)
      .filter((t) => new Date(t).getUTCDay() === 0),
  );
  // Noon in New York on the day before its clocks go forward, the second Sunday of March.
  const beforeSummerTime = nearest(
    years.map((y) => {
      const first = new Date(utc(y, 2, 1)).getUTCDay();
      return utc(y, 2, 1 + ((7 - first) % 7) + 7, 17) - DAY;
    }),
  );
  const moment = (name: string, at: number, control: number, timeZone = 'UTC'): Moment => ({
    name,
    at: new Date(at),
    control: new Date(control),
    timeZone,
  });
  return [
    moment('midnight', midnight - half, midnight - 3 * HOUR),
    moment('month-turn', monthTurn - half, monthTurn - 3 * DAY - 3 * HOUR),
    moment('month-end', lastOfJanuary, lastOfJanuary - 4 * DAY),
    moment('sunday', sunday, sunday + 3 * DAY),
    moment('leap-day', leapDay, leapDay - 3 * DAY),
    moment('summer-time', beforeSummerTime, beforeSummerTime - 7 * DAY, 'America/New_York'),
  ];
}

/** A zone in which it is another day than in UTC now. */
export function zoneOfAnotherDay(now: Date): string {
  // UTC+14 from 10:00, UTC-11 before 11:00.
  return now.getUTCHours() >= 10 ? 'Pacific/Kiritimati' : 'Pacific/Pago_Pago';
}
