/** The program refused or could not do what was asked. `message` is its sentence: what happened and what to do. */
export class TestimonyError extends Error {
  constructor(
    message: string,
    /** As documented for `e2e`: 2 usage or configuration, 3 infrastructure, 4 no test ran, 130 cancelled; null when it did not start or was killed. */
    readonly exitCode: number | null,
  ) {
    super(message);
    this.name = 'TestimonyError';
  }
}
