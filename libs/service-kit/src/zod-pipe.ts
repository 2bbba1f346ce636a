import { Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '@testimony/contracts';
import { z } from 'zod';

/** Lets a body through only as its schema describes it: `@Body(new ZodPipe(leaseRequestSchema))`. */
@Injectable()
export class ZodPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    throw new DomainError('body-invalid', `The body is not what this route takes: ${sentence(result.error)}.`, 400);
  }
}

function sentence(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((i) => `${i.path.join('.') || 'body'}: ${i.message}`)
    .join('; ');
}
