import { z } from 'zod';

/** What the wire does to one answer of the product, to see whether a test would notice. */
export const MUTATIONS = ['status', 'missing_field', 'wrong_value', 'empty_list', 'stale_value', 'error_body'] as const;
export const mutationSchema = z.object({
  /** Which answers are changed: those to requests of this shape (`requestShape`), such as `GET /orders/{}`. */
  request: z.string(),
  /** From the n-th such answer on, and all later ones, so that asking again does not evade the fault. 0 is the first. */
  from: z.number().int().min(0).default(0),
  kind: z.enum(MUTATIONS),
  /** JSON Pointer (RFC 6901) of the field that is left out, wrong, emptied or stale; the whole answer without one. */
  field: z.string().optional(),
});
export type Mutation = z.infer<typeof mutationSchema>;

/** Which build of the system under test is asked: the one under test, or the one it is compared with. */
export const REVISIONS = ['head', 'base'] as const;

/**
 * Under what an attempt ran. Attempts under equal conditions may be compared. What is absent is as it comes: the machine's own clock,
 * load and zone, nothing between the test and the system.
 */
export const conditionsSchema = z.object({
  /** In a process of its own, alone: nothing that another test left in memory can matter. */
  isolated: z.boolean().default(false),
  revision: z.enum(REVISIONS).optional(),
  /** The attempt is one of a sequence that ran in this order in one lane: `seed` shuffled it (absent: as given), `place` counts from 0. */
  order: z.object({ sequence: z.string(), seed: z.number().int().optional(), place: z.number().int().min(0) }).optional(),
  /** So many endless loops share the processor core that the test's process is bound to. */
  cpuStress: z.number().int().min(1).max(16).optional(),
  /** Each answer of the system reaches the test later: by a time drawn evenly from 0 to twice this, in ms. */
  latencyMs: z.number().min(0).max(60_000).optional(),
  /** The test's clock stands here when it begins, and runs on from there. */
  clock: z.iso.datetime().optional(),
  /** Of the test's process, such as `Pacific/Kiritimati`. */
  timeZone: z.string().max(64).optional(),
  /** The test's random numbers, and the delays of `latencyMs`, come from a generator with this seed. */
  randomSeed: z.number().int().optional(),
  mutation: mutationSchema.optional(),
  /** Files of the project that the test sees with another text: project-relative path -> sha256 of the text in the overlay folder. */
  overlay: z.record(z.string(), z.string()).optional(),
});
export type Conditions = z.infer<typeof conditionsSchema>;

/** Equal for equal conditions; the place in a sequence is not part of it. */
export function conditionsKey(conditions: Conditions): string {
  const { order: _order, ...rest } = conditions;
  return stable(rest);
}

function stable(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${JSON.stringify(k)}:${stable(v)}`)
    .join(',')}}`;
}

/** Conditions as a report says them, after "ran": `alone in a fresh process, with 4 loops on its processor core`. */
export function conditionsInWords(conditions: Conditions): string {
  const { isolated, revision, order, cpuStress, latencyMs, clock, timeZone, randomSeed, mutation, overlay } = conditions;
  const words = [isolated ? 'alone in a fresh process' : 'in a shared process'];
  if (revision === 'base') words.push('against the base revision');
  if (order)
    words.push(
      `at place ${order.place + 1} of ${order.seed === undefined ? 'a chosen order' : `the order shuffled with seed ${order.seed}`}`,
    );
  if (cpuStress !== undefined) words.push(`with ${cpuStress} endless ${cpuStress === 1 ? 'loop' : 'loops'} on its processor core`);
  if (latencyMs !== undefined) words.push(`with about ${latencyMs} ms more latency`);
  if (clock !== undefined) words.push(`with its clock at ${clock}`);
  if (timeZone !== undefined) words.push(`in time zone ${timeZone}`);
  if (randomSeed !== undefined) words.push(`with random seed ${randomSeed}`);
  if (mutation)
    words.push(
      `with the answers to ${mutation.request} changed (${mutation.kind.replace('_', ' ')}${mutation.field ? ` at ${mutation.field}` : ''})`,
    );
  if (overlay && Object.keys(overlay).length > 0) words.push(`with a proposed text of ${Object.keys(overlay).join(', ')}`);
  return words.join(', ');
}
