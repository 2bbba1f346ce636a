// What Nest injects by name.
export const STORE = Symbol('store');
export const TOKEN_KEY = Symbol('token key');
export const TIMES = Symbol('times');

export interface Times {
  readonly heartbeatMs: number;
  /** How often silent workers and completions that a crash left open are looked for. */
  readonly tickMs: number;
  /** How long an outage of the system under test is waited out. */
  readonly outagePatienceMs: number;
}
