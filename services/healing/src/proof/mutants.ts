import { requestShape, type Attempt, type Mutation } from '@testimony/contracts';

/** So many faults of the product show what a test notices; more would cost more than they tell. */
export const MOST_MUTANTS = 40;
/** Fields of one answer, and how deep they are looked for. */
const MOST_FIELDS = 24;
const DEEPEST = 4;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Faults of the product, made from the answers that a passing attempt got: per kind of request another status and an error body, per
 * field a wrong value and none, per list an empty one, and the old value where the answer changed from one asking to the next.
 * At most `most`, spread evenly over the kinds of requests; always the same for the same attempt.
 */
export function mutantsOf(attempt: Pick<Attempt, 'requests'>, most = MOST_MUTANTS): Mutation[] {
  const answers = new Map<string, Answer[]>();
  for (const { method, url, status, responseBody } of attempt.requests) {
    if (status === null) continue;
    const shape = requestShape(method, url);
    answers.set(shape, [...(answers.get(shape) ?? []), { status, body: parsed(responseBody) }]);
  }
  const queues = [...answers].map(([request, all]) => mutantsOfShape(request, all));
  const chosen: Mutation[] = [];
  for (let place = 0; chosen.length < most && queues.some((queue) => place < queue.length); place++) {
    for (const queue of queues) {
      const mutant = queue[place];
      if (mutant && chosen.length < most) chosen.push(mutant);
    }
  }
  return chosen;
}

/** The answers to requests of the mutant's kind reached the test changed in this attempt. */
export function wasApplied(mutant: Mutation, attempt: Pick<Attempt, 'requests' | 'mutatedAnswers'>): boolean {
  if (attempt.mutatedAnswers !== undefined) return attempt.mutatedAnswers > 0;
  // A framework that does not count them.
  return attempt.requests.filter(({ method, url }) => requestShape(method, url) === mutant.request).length > mutant.from;
}

export function mutantInWords({ request, kind, field }: Mutation): string {
  return `${kind.replace('_', ' ')}${field === undefined ? '' : ` at ${field}`} of ${request}`;
}

/** The most telling first: a wrong value of each field, then what is cruder. */
function mutantsOfShape(request: string, answers: readonly Answer[]): Mutation[] {
  const last = answers.at(-1);
  if (!last) return [];
  const fields = fieldsOf(last.body);
  const mutant = (kind: Mutation['kind'], field?: string, from = 0): Mutation => ({
    request,
    from,
    kind,
    ...(field !== undefined && { field }),
  });
  const wrong = fields.filter(({ value }) => !isList(value)).map(({ pointer }) => mutant('wrong_value', pointer));
  const missing = fields.map(({ pointer }) => mutant('missing_field', pointer));
  const empty = listsOf(last.body).map((pointer) => mutant('empty_list', pointer));
  const stale = staleFields(answers).map((pointer) => mutant('stale_value', pointer, 1));
  const crude = [mutant('status'), ...(last.body === undefined ? [] : [mutant('error_body')])];
  return [
    ...wrong.slice(0, 2),
    ...stale.slice(0, 1),
    ...empty.slice(0, 1),
    ...crude,
    ...wrong.slice(2),
    ...empty.slice(1),
    ...stale.slice(1),
    ...missing,
  ].map(({ field, ...rest }) => ({ ...rest, ...(field !== undefined && field !== '' && { field }) }));
}

interface Field {
  readonly pointer: string;
  readonly value: unknown;
}

/** Values in a JSON document with their JSON Pointers (RFC 6901); of a list its first element stands for all. */
function fieldsOf(body: unknown): Field[] {
  const found: Field[] = [];
  const visit = (value: unknown, pointer: string, depth: number): void => {
    if (found.length >= MOST_FIELDS) return;
    if (isList(value)) {
      if (depth < DEEPEST && value.length > 0) visit(value[0], `${pointer}/0`, depth + 1);
      return;
    }
    if (typeof value === 'object' && value !== null) {
      if (depth >= DEEPEST) return;
      for (const [key, child] of Object.entries(value))
        visit(child, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
      return;
    }
    if (pointer !== '') found.push({ pointer, value });
  };
  visit(body, '', 0);
  return found;
}

/** Lists that hold something. */
function listsOf(body: unknown): string[] {
  const found: string[] = [];
  const visit = (value: unknown, pointer: string, depth: number): void => {
    if (depth > DEEPEST || found.length >= MOST_FIELDS || typeof value !== 'object' || value === null) return;
    if (isList(value)) {
      if (value.length > 0) found.push(pointer);
      return;
    }
    for (const [key, child] of Object.entries(value))
      visit(child, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
  };
  visit(body, '', 0);
  return found;
}

/** Fields that answered otherwise when asked first. */
function staleFields(answers: readonly Answer[]): string[] {
  const [first] = answers;
  const last = answers.at(-1);
  if (!first || !last || answers.length < 2) return [];
  const before = new Map(fieldsOf(first.body).map(({ pointer, value }) => [pointer, value]));
  return fieldsOf(last.body).flatMap(({ pointer, value }) => (before.has(pointer) && before.get(pointer) !== value ? [pointer] : []));
}

function parsed(body: string | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // No JSON, or cut: then only the answer as a whole can be changed.
    return undefined;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
