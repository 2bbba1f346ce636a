import { classifyAttempt } from './attempt';

describe('classifyAttempt', () => {
  it('adds what was expected and observed to a message that does not say it', () => {
    const failure = {
      message: 'status of GET /orders',
      expected: '200',
      actual: '403',
      code: 'ERR_ASSERTION',
      stack: 'AssertionError: status of GET /orders\n    at orders.test.js:3:3',
    };
    expect(classifyAttempt(failure, [{ method: 'GET', url: '/orders', status: 403 }]).class).toBe('authorization');
  });

  it('takes the last request and the printed lines into account', () => {
    const failure = { message: 'the test did not end within 5000 ms' };
    expect(classifyAttempt(failure).class).toBe('timeout');
    expect(classifyAttempt(failure, [{ method: 'GET', url: '/', status: null, error: 'ECONNREFUSED' }]).class).toBe('network');
    expect(classifyAttempt(failure, [], ['still waiting: connect ECONNREFUSED 127.0.0.1:1']).class).toBe('network');
  });
});
