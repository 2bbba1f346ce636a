import { requestShape, type Mutation } from '@testimony/contracts';
import { mutatedAnswer, type WireAnswer } from './mutated-answer';

/** Changes the answers that a mutation means, and remembers what stale answers go back to. */
export interface AnswerMutator {
  /** Whether `changed` must see the answer to this request. */
  wants(method: string, path: string): boolean;
  /** The answer with the fault in it; undefined to leave it as it is. Called once an answer, in the order of the answers. */
  changed(method: string, path: string, answer: WireAnswer): WireAnswer | undefined;
  /** How many answers were changed. */
  readonly mutated: number;
}

/** A test that polls asks the same few addresses; more are those of a test that is not about old values. */
const MOST_REMEMBERED = 100;
/** A larger answer is not gone back to. */
const LARGEST_REMEMBERED = 1024 * 1024;

export function answerMutator(mutation: Mutation): AnswerMutator {
  const last = new Map<string, WireAnswer>();
  /** What an address answers from its first stale answer on: what was old stays old, or asking again would find the truth. */
  const frozen = new Map<string, WireAnswer>();
  let lastOfShape: WireAnswer | undefined;
  let answers = 0;
  let mutated = 0;
  const remember = (key: string, answer: WireAnswer): void => {
    if (answer.body === undefined || answer.body.length > LARGEST_REMEMBERED) return;
    lastOfShape = answer;
    last.delete(key);
    last.set(key, answer);
    if (last.size > MOST_REMEMBERED) last.delete(last.keys().next().value ?? '');
  };
  return {
    wants: (method, path) => requestShape(method, path) === mutation.request,
    changed(method, path, answer) {
      const key = `${method} ${path}`;
      const older = frozen.get(key) ?? last.get(key) ?? lastOfShape;
      const due = answers >= mutation.from;
      answers += 1;
      if (mutation.kind === 'stale_value') remember(key, answer);
      if (!due) return undefined;
      if (mutation.kind === 'stale_value' && older && frozen.size < MOST_REMEMBERED) frozen.set(key, older);
      const changed = mutatedAnswer(answer, mutation, older);
      if (changed) mutated += 1;
      return changed;
    },
    get mutated() {
      return mutated;
    },
  };
}
