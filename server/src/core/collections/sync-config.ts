import { z } from 'zod';

const flag = (value: boolean) => z.boolean().default(value);
const destinationIds = z.array(z.guid()).nullable().default(null);

const Destinations = z
  .object({
    skip_vespa: flag(false).refine((skip) => !skip, 'skip_vespa cannot be set: there is no other destination'),
    target_destinations: destinationIds,
    exclude_destinations: destinationIds,
  })
  .refine(
    ({ target_destinations, exclude_destinations }) =>
      !target_destinations?.some((id) => exclude_destinations?.includes(id)),
    'a destination cannot be both in target_destinations and in exclude_destinations',
  );

/** How a collection's syncs run, in the shape of the API and of the stored column; absent parts get their defaults. */
export const SyncConfig = z
  .object({
    destinations: Destinations.prefault({}),
    handlers: z
      .object({
        enable_vector_handlers: flag(true),
        enable_raw_data_handler: flag(true),
        enable_postgres_handler: flag(true),
      })
      .prefault({}),
    cursor: z.object({ skip_load: flag(false), skip_updates: flag(false) }).prefault({}),
    behavior: z
      .object({ skip_hash_comparison: flag(false), replay_from_arf: flag(false), skip_guardrails: flag(false) })
      .prefault({}),
  })
  .meta({ id: 'SyncConfig' });
export type SyncConfig = z.output<typeof SyncConfig>;
