import { accessWord, moneyWord, wordsOf } from './words';

describe('words', () => {
  it('are read from names, paths and sentences, in the singular', () => {
    expect(wordsOf('POST /refundOrders/HTTPStatus_codes: address')).toEqual([
      'post',
      'refund',
      'order',
      'http',
      'status',
      'code',
      'address',
    ]);
  });

  it.each([
    ['/payments/{id}', 'payment'],
    ['totalPrice', 'price'],
    ['/orders', 'order'],
    ['in order to sort', undefined],
    ['orderBy, sortOrder', undefined],
    ['equal prices keep their order', 'price'],
    ['/todos', undefined],
    ['display', undefined],
  ])('of money in %j: %s', (text, word) => expect(moneyWord(text)).toBe(word));

  it.each([
    ['/auth/login', 'auth'],
    ['resetPassword', 'password'],
    ['only an admin', 'admin'],
    ['/authors', undefined],
    ['/articles', undefined],
  ])('of access in %j: %s', (text, word) => expect(accessWord(text)).toBe(word));
});
