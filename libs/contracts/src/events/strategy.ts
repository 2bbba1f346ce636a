import { z } from 'zod';
import { testStrategySchema } from '../models/strategy';
import { published } from './definition';

export const StrategyGenerated = published('strategy.generated', z.object({ projectId: z.string(), strategy: testStrategySchema }));
