import { addressesOf } from './addresses';

const { toTest, toSystem, toReader } = addressesOf([
  { real: 'http://shop', seen: 'http://127.0.0.1:5001' },
  { real: 'http://shop:8080', seen: 'http://127.0.0.2:5002' },
  { real: 'https://pay.example', seen: 'http://127.0.0.3:50' },
]);

it.each([
  ['http://shop/a and http://shop:8080/a', 'http://127.0.0.1:5001/a and http://127.0.0.2:5002/a'],
  ['http://shop:80801/ http://shop.other/ http://shops/', 'http://shop:80801/ http://shop.other/ http://shops/'],
  ['see http://shop. Or "http://shop"', 'see http://127.0.0.1:5001. Or "http://127.0.0.1:5001"'],
  [String.raw`{"next":"http:\/\/shop\/a"}`, String.raw`{"next":"http:\/\/127.0.0.1:5001\/a"}`],
  ['?to=http%3A%2F%2Fshop%3A8080%2Fa', '?to=http%3A%2F%2F127.0.0.2%3A5002%2Fa'],
  ['https://pay.example/x, http://pay.example/x', 'http://127.0.0.3:50/x, http://pay.example/x'],
])('gives a test %j as %j, and back', (real, seen) => {
  expect(toTest(real)).toBe(seen);
  expect(toSystem(seen)).toBe(real);
});

it('gives a reader what was really asked, also where only host and port are named', () => {
  expect(toReader('connect ECONNREFUSED 127.0.0.1:5001 (http://127.0.0.3:50/x), 127.0.0.3:501')).toBe(
    'connect ECONNREFUSED shop (https://pay.example/x), 127.0.0.3:501',
  );
});

it('leaves all as it is where nothing stands in between', () => {
  expect(addressesOf([]).toTest('http://shop/')).toBe('http://shop/');
});
