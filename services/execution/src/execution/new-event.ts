import { PUBLISHED_PREFIX } from '@testimony/contracts';
import type { NewEvent } from '@testimony/event-store';

/** An event of this service as the store takes it: published ones are known by their name, and all go back to their execution. */
export function newEvent(event: { readonly type: string; readonly data: { readonly executionId: string } }): NewEvent {
  const { type, data } = event;
  return { type, data, published: type.startsWith(PUBLISHED_PREFIX), metadata: { correlation: data.executionId } };
}

export function executionStream(executionId: string): string {
  return `execution-${executionId}`;
}

/** One stream a test of an execution: its attempts and its verdict, one writer at a time. */
export function testStream(executionId: string, testId: string): string {
  return `test-${executionId}-${testId}`;
}
