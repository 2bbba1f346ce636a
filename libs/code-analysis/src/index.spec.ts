test('whoever imports the package pays for no compiler until code is read', () => {
  jest.isolateModules(() => {
    jest.doMock('typescript', () => {
      throw new Error('the compiler was loaded');
    });
    const { flakeReader, reachReader, headOf } = require('./index') as typeof import('./index');
    expect([flakeReader, reachReader, headOf].map((one) => typeof one)).toEqual(['function', 'function', 'function']);
    const reader = reachReader('/nowhere');
    expect(() => reader.imports('a.ts')).toThrow('the compiler was loaded');
  });
});
