import { percent } from './plain-text';

test.each([
  [0, '0 %'],
  [0.004, 'under 1 %'],
  [0.42, '42 %'],
  [0.994, '99 %'],
  [0.9999, 'over 99 %'],
  [1, '100 %'],
])('a share of %d is said as %s: what is not certain never sounds so', (share, said) => {
  expect(percent(share)).toBe(said);
});
