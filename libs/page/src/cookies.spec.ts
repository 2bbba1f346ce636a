import { cookieJar } from './cookies';

const url = (text: string): URL => new URL(text);

it('sends a cookie back to where it belongs', () => {
  let now = 1_000_000;
  const jar = cookieJar(() => now);
  jar.store(
    ['host=1', 'sub=2; Domain=.example.test; Path=/a', 'safe=3; Secure', 'short=4; Max-Age=10', 'foreign=5; Domain=other.test', 'broken'],
    url('https://api.example.test/a/b'),
  );
  expect(jar.headerFor(url('https://api.example.test/a/b'))).toBe('host=1; sub=2; safe=3; short=4');
  expect(jar.headerFor(url('http://api.example.test/a'))).toBe('host=1; sub=2; short=4');
  expect(jar.headerFor(url('https://www.example.test/a/x'))).toBe('sub=2');
  expect(jar.headerFor(url('https://www.example.test/ab'))).toBe('');
  expect(jar.headerFor(url('https://api.example.test/'))).toBe('');
  expect(jar.headerFor(url('https://other.test/a'))).toBe('');
  now += 10_001;
  expect(jar.headerFor(url('https://api.example.test/a/b'))).toBe('host=1; sub=2; safe=3');
});

it('replaces, removes and forgets', () => {
  const jar = cookieJar();
  const at = url('http://localhost/x');
  jar.store(['a=1', 'b=1; Secure'], at);
  jar.store(['a=2'], at);
  expect(jar.headerFor(at)).toBe('b=1; a=2');
  jar.store(['b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], at);
  expect(jar.headerFor(at)).toBe('a=2');
  jar.clear();
  expect(jar.headerFor(at)).toBe('');
  for (let i = 0; i < 300; i += 1) jar.store([`c${i}=1`], at);
  expect(jar.headerFor(at).split('; ')).toHaveLength(200);
});

it('keeps Secure cookies for every address of the loopback, and expires by the machine’s clock', () => {
  const jar = cookieJar();
  const real = Date.now;
  Date.now = () => Date.UTC(2099, 0);
  try {
    jar.store(['a=1; Secure; Max-Age=60'], url('http://127.0.0.2/'));
    jar.store(['b=1; Secure'], url('http://127.0.0.2.example/'));
    expect(jar.headerFor(url('http://127.0.0.2/'))).toBe('a=1');
    expect(jar.headerFor(url('http://127.0.0.2.example/'))).toBe('');
    jar.store([`c=1; Expires=${new Date(real() + 60_000).toUTCString()}`], url('http://127.0.0.2/'));
    expect(jar.headerFor(url('http://127.0.0.2/'))).toBe('a=1; c=1');
  } finally {
    Date.now = real;
  }
});
