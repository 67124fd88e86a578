import { z } from 'zod';
import type { AnyConnector, EntityType } from '../../../connector-kit/index.ts';
import { toDefinitionName } from './definition-name.ts';

/** A class of entities that a source gives. */
export const EntityDefinition = z
  .object({
    short_name: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    class_name: z.string(),
    module_name: z.string().describe('The source.'),
    entity_type: z.literal('json'),
    entity_schema: z.record(z.string(), z.json()).describe('A JSON Schema of the fields of its own.'),
  })
  .meta({ id: 'EntityDefinition' });

const Breadcrumbs = z
  .array(z.object({ entity_id: z.string(), name: z.string(), entity_type: z.string() }))
  .meta({ description: 'What it is in, the outermost first' });

export function toEntityDefinition(connector: AnyConnector, type: EntityType): z.output<typeof EntityDefinition> {
  return {
    short_name: toDefinitionName(type.name),
    name: type.name,
    description: type.description,
    class_name: type.name,
    module_name: connector.shortName,
    entity_type: 'json',
    entity_schema: toEntitySchema(type),
  };
}

/** What every entity has, and what is no field of its own. */
const common = ['entity_id', 'textual_representation', 'airweave_system_metadata'];

/** A type that does not say its fields may have any. */
function toEntitySchema({ name, description, fields }: EntityType): z.output<typeof EntityDefinition>['entity_schema'] {
  const own = Object.entries(fields?.shape ?? {}).filter(([field]) => !common.includes(field));
  const schema = z.object({ breadcrumbs: Breadcrumbs, ...Object.fromEntries(own) });
  const { $schema: _, additionalProperties: __, ...written } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  // It is JSON by its nature, which its type does not say.
  return JSON.parse(JSON.stringify({ title: name, description, ...written }));
}
