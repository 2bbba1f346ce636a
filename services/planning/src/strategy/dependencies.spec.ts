import { resolveDependencies, type Dependant } from './dependencies';

const test = (file: string, dependsOn: readonly string[] = [], service = 'shop'): Dependant => {
  const stem = file.replace(/\.[^.]+$/, '');
  return {
    id: `${service}/${stem}`,
    service,
    file: `services/${service}/modules/${file}`,
    name: stem.replace(/^\d+_/, '').replaceAll('_', ' '),
    dependsOn,
  };
};
const resolve = (tests: readonly Dependant[]) => resolveDependencies(tests);

describe('what a test depends on', () => {
  it.each(['02_log_in', 'log_in', '02_log_in.ts', 'log in', 'shop/02_log_in', 'shop/log_in'])('is found as %s', (name) => {
    const { byTest, problems } = resolve([test('01_pay.ts', [name]), test('02_log_in.ts')]);
    expect(problems).toEqual([]);
    expect(byTest.get('shop/01_pay')).toEqual(['shop/02_log_in']);
  });

  it('is of the own service unless another is named', () => {
    const { byTest } = resolve([test('01_a.ts', ['02_x', 'bank/02_x']), test('02_x.ts'), test('02_x.ts', [], 'bank')]);
    expect(byTest.get('shop/01_a')).toEqual(['shop/02_x', 'bank/02_x']);
  });

  it('is never implied by a number', () => expect(resolve([test('01_a.ts'), test('02_b.ts')]).byTest.get('shop/02_b')).toEqual([]));

  it('is a problem when it is unknown, with the name that was probably meant', () => {
    expect(resolve([test('01_a.ts', ['02_logn']), test('02_login.ts')]).problems).toEqual([
      'services/shop/modules/01_a.ts depends on "02_logn", and no planned test of shop has that name; did you mean "02_login"?',
    ]);
  });

  it('is a problem when it can mean two', () => {
    expect(resolve([test('01_a.ts', ['x']), test('02_x.ts'), test('03_x.ts')]).problems).toEqual([
      'services/shop/modules/01_a.ts depends on "x", which is the name of services/shop/modules/02_x.ts and of services/shop/modules/03_x.ts; use the number too',
    ]);
  });

  it('is a problem when it leads back, naming the chain', () => {
    expect(resolve([test('01_a.ts', ['02_b']), test('02_b.ts', ['03_c']), test('03_c.ts', ['01_a'])]).problems).toEqual([
      'Tests wait for each other in a circle: services/shop/modules/01_a.ts -> services/shop/modules/02_b.ts -> services/shop/modules/03_c.ts -> services/shop/modules/01_a.ts; take one of these dependencies out',
    ]);
    expect(resolve([test('01_a.ts', ['01_a'])]).problems).toEqual([expect.stringContaining('01_a.ts -> services/shop/modules/01_a.ts')]);
  });

  it('may form diamonds', () => {
    expect(
      resolve([test('01_a.ts', ['02_b', '03_c']), test('02_b.ts', ['04_d']), test('03_c.ts', ['04_d']), test('04_d.ts')]).problems,
    ).toEqual([]);
  });
});
