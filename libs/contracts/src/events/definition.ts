import { z } from 'zod';

/** An event's name and the schema of its data. `published` ones leave the service (section 5 of the design); the rest are its own affair. */
export interface EventDefinition<S extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly schema: S;
  readonly published: boolean;
}

export type EventData<D> = D extends EventDefinition<infer S> ? z.infer<S> : never;

/** The union of `{ type, data }` over a list of definitions: what `decide` returns and `evolve` takes. */
export type EventOf<D extends EventDefinition> = D extends EventDefinition<infer S> ? { type: D['type']; data: z.infer<S> } : never;

export const PUBLISHED_PREFIX = 'io.testimony.';

export function published<const T extends string, S extends z.ZodType>(
  name: T,
  schema: S,
): { readonly type: `io.testimony.${T}`; readonly schema: S; readonly published: true } {
  return { type: `io.testimony.${name}`, schema, published: true };
}

/** Who and what an event goes back to; carried beside its data. */
export const eventMetadataSchema = z.object({
  /** Names one piece of work across services: the execution's or strategy's id. */
  correlation: z.string().optional(),
  /** The id of the event that led to this one. */
  causation: z.string().optional(),
  actor: z.string().optional(),
  traceparent: z.string().optional(),
});
export type EventMetadata = z.infer<typeof eventMetadataSchema>;
