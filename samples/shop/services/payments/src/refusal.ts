/** An answer other than success, as problem+json. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

export const notFound = (id: string): Refusal => new Refusal(404, 'not-found', `There is no payment ${id}.`);
