import { z } from 'zod';
import { plainText } from '../../../core/shared/index.ts';

/** As results name it. */
export const EntityId = plainText({ min: 1, max: 2048 }).describe(
  'An `entity_id`, also of a passage, an `original_entity_id`, or a `document_id`.',
);
export const FileParams = z.object({ entity_id: EntityId });
