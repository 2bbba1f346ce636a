import { nearestName } from './nearest-name';

it.each([
  ['ordrs', 'orders'],
  ['order', 'orders'],
  ['Payments', 'payments'],
  ['pay', 'payments'],
  ['zebra', undefined],
])('%s is near %s', (wanted, near) => expect(nearestName(wanted, ['orders', 'payments', 'x'])).toBe(near));
