import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineConnector, fieldsOf, SourceError } from '../../connector-kit/index.ts';
import { readByPosition } from './read-by-position.ts';
import { containerEntity, crumbOf, stubEntityTypes } from './stub-entities.ts';
import { stubEntityFields } from './stub-entity-fields.ts';
import { customContentPrefix, placeholderKey, seed, weight, wholeNumber } from './stub-fields.ts';
import { makeStubItem } from './stub-items.ts';
import { kindOfItem } from './stub-kinds.ts';

const config = z.object({
  entity_count: wholeNumber({
    title: 'Entity Count',
    description: 'How many entities there are, the container included',
    fallback: 10,
    min: 1,
    max: 100_000,
  }),
  seed,
  generation_delay_ms: wholeNumber({
    title: 'Generation Delay (ms)',
    description: 'Pause after each item',
    fallback: 0,
    min: 0,
    max: 10_000,
  }),
  small_entity_weight: weight('Small Entity Weight', 'SmallStubEntity', 30),
  medium_entity_weight: weight('Medium Entity Weight', 'MediumStubEntity', 30),
  large_entity_weight: weight('Large Entity Weight', 'LargeStubEntity', 10),
  small_file_weight: weight('Small File Weight', 'SmallStubFileEntity', 15),
  large_file_weight: weight('Large File Weight', 'LargeStubFileEntity', 5),
  code_file_weight: weight('Code File Weight', 'CodeStubFileEntity', 10),
  inject_special_tokens: z
    .boolean()
    .default(false)
    .meta({ title: 'Inject Special Tokens', description: 'Insert tokenizer control tokens in texts' }),
  custom_content_prefix: customContentPrefix,
  fail_after: wholeNumber({
    title: 'Fail After',
    description: 'Fail after this many items; -1 never',
    fallback: -1,
    min: -1,
    max: 100_000,
  }),
});
type StubConfig = z.output<typeof config>;

const credentials = placeholderKey('stub_key', 'Stub Key', 'stub');

/** Makes up entities of six kinds in given shares: for trying syncs without another service. Equal configurations, equal entities. */
export const stub = defineConnector({
  shortName: 'stub',
  displayName: 'Stub',
  description: 'Test source that makes up small, medium and large entities, files and code in given shares.',
  className: 'StubSource',
  labels: ['Internal', 'Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: false,
  config,
  configFields: fieldsOf(config),
  credentials,
  credentialFields: fieldsOf(credentials),
  entityTypes: [
    ...Object.values(stubEntityTypes),
    {
      name: 'PdfStubFileEntity',
      description: 'A PDF file; declared, but made by the file stub only',
      fields: stubEntityFields.pdfFile,
    },
    {
      name: 'PptxStubFileEntity',
      description: 'A presentation; declared, but made by the file stub only',
      fields: stubEntityFields.slidesFile,
    },
  ],
  streams: {
    items: {
      mode: 'full',
      read(context) {
        const { config: settings, signal } = context;
        const container = containerOf(settings);
        const breadcrumbs = crumbOf(container);
        return readByPosition(
          context,
          settings.entity_count,
          (position) => {
            if (position === 0) return containerEntity(container);
            const index = position - 1;
            return makeStubItem(kindOfItem(weightsOf(settings), settings.seed, index), {
              seed: settings.seed,
              index,
              breadcrumbs,
              prefix: settings.custom_content_prefix,
              hasControlTokens: settings.inject_special_tokens,
            });
          },
          async (position) => {
            const items = position - 1;
            if (items > 0 && settings.generation_delay_ms > 0) {
              await delay(settings.generation_delay_ms, undefined, { signal });
            }
            failAfter(settings.fail_after, items);
          },
        );
      },
    },
  },
  async validate() {},
});

function containerOf({ seed: number, entity_count }: StubConfig) {
  return {
    id: `stub-container-${number}`,
    type: stubEntityTypes.container.name,
    name: `Stub Container (seed=${number})`,
    scheme: 'stub',
    description: `Test container with ${entity_count} entities`,
    fields: { seed: number, entity_count },
  };
}

function weightsOf(settings: StubConfig) {
  return {
    small: settings.small_entity_weight,
    medium: settings.medium_entity_weight,
    large: settings.large_entity_weight,
    smallFile: settings.small_file_weight,
    largeFile: settings.large_file_weight,
    codeFile: settings.code_file_weight,
  };
}

/** 0 and 1 both mean after the first item. */
function failAfter(limit: number, items: number): void {
  if (limit < 0 || items !== Math.max(1, limit)) return;
  throw new SourceError('source', `Stub source simulated failure after ${items} entities (fail_after=${limit})`);
}
