import { Module, type DynamicModule } from '@nestjs/common';
import { createPlanning, type PlanningParts } from './create-planning';

/** The token by which others of the same process have `Planning` injected. */
export const PLANNING = Symbol('planning');

@Module({})
export class PlanningModule {
  static register(parts: PlanningParts): DynamicModule {
    return { module: PlanningModule, providers: [{ provide: PLANNING, useFactory: () => createPlanning(parts) }], exports: [PLANNING] };
  }
}
