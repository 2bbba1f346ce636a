import { EventPattern } from '@nestjs/microservices';
import type { EventDefinition } from '@testimony/contracts';

/** `@On(ExecutionAdmitted)`: hands each event of that definition to a controller's method `(event: ReceivedEvent<typeof ExecutionAdmitted>, context: EventContext)`. */
export function On(definition: EventDefinition): MethodDecorator {
  return EventPattern<string>(definition.type);
}
