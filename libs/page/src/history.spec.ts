import { retryAfterSeconds } from './history';

const NOW = Date.parse('2026-11-24T12:00:00Z');

it.each([
  ['120', 120],
  [' 0 ', 0],
  ['Tue, 24 Nov 2026 12:00:30 GMT', 30],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  [undefined, undefined],
])('reads Retry-After %j as %j seconds', (header, seconds) => {
  expect(retryAfterSeconds(header, NOW)).toBe(seconds);
});
