import { joinPath, namelessPath, pathParameters, templatePath } from './route-path';

describe('paths', () => {
  it.each([
    ['/orders/:id', '/orders/{id}'],
    ['/orders/:id(\\d+)', '/orders/{id}'],
    ['/orders/:id?', '/orders/{id}'],
    ['/orders{/:id}', '/orders/{id}'],
    ['/files/*path', '/files/{path}'],
    ['/files/{*path}', '/files/{path}'],
    ['*', '{wildcard}'],
    ['/flights/:from-:to', '/flights/{from}-{to}'],
  ])('%s is %s', (written, template) => expect(templatePath(written)).toBe(template));

  it('joins with one slash', () => {
    expect(joinPath('', '/api/', '', '//a/', 'b/')).toBe('/api/a/b');
    expect(joinPath('')).toBe('/');
  });

  it('takes the names out, and lists them', () => {
    expect(namelessPath('/a/{x}/b-{y}')).toBe('/a/{}/b-{}');
    expect(pathParameters('/a/{x}/b-{y}')).toEqual(['x', 'y']);
  });
});
