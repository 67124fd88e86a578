import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineConnector, fieldsOf, type SourceEntity } from '../../connector-kit/index.ts';
import { createRandomNumbers } from './mersenne-twister.ts';
import { readByPosition } from './read-by-position.ts';
import { containerEntity, crumbOf, firstDayMs } from './stub-entities.ts';
import { timedContainerFields, timedFields } from './stub-entity-fields.ts';
import { anyNumber, placeholderKey, seed, wholeNumber } from './stub-fields.ts';
import { makeParagraph } from './stub-text.ts';

const config = z.object({
  entity_count: wholeNumber({
    title: 'Entity Count',
    description: 'How many items there are besides the container',
    fallback: 100,
    min: 1,
    max: 10_000,
  }),
  duration_seconds: anyNumber({
    title: 'Duration (seconds)',
    description: 'Time over which the items are spread',
    fallback: 10,
    min: 0.1,
    max: 600,
  }),
  seed,
});

const credentials = placeholderKey('timed_key', 'Timed Key', 'timed');
const containerType = 'TimedContainerEntity';
const itemType = 'TimedEntity';

/** Spreads a number of entities evenly over a time: for trying cancelling and progress. */
export const timed = defineConnector({
  shortName: 'timed',
  displayName: 'Timed',
  description: 'Test source that spreads a fixed number of entities over a fixed time.',
  className: 'TimedSource',
  labels: ['Internal', 'Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: false,
  config,
  configFields: fieldsOf(config),
  credentials,
  credentialFields: fieldsOf(credentials),
  entityTypes: [
    { name: containerType, description: 'The container of a timed source', fields: timedContainerFields },
    { name: itemType, description: 'An item that took its time', fields: timedFields },
  ],
  streams: {
    items: {
      mode: 'full',
      read(context) {
        const { config: settings, signal } = context;
        const container = {
          id: `timed-container-${settings.seed}`,
          type: containerType,
          name: `Timed Container (seed=${settings.seed})`,
          scheme: 'timed',
          description: `Timed container with ${settings.entity_count} entities`,
          fields: {},
        };
        const stepMs = (settings.duration_seconds * 1_000) / settings.entity_count;
        // Against the clock and not from item to item, since a timer waits at least a millisecond.
        const startedAt = performance.now();
        let waited = 0;
        return readByPosition(
          context,
          settings.entity_count + 1,
          (position) =>
            position === 0 ? containerEntity(container) : timedItem(settings.seed, position - 1, container),
          async (position) => {
            if (position === 0 || position > settings.entity_count) return;
            waited += stepMs;
            const leftMs = startedAt + waited - performance.now();
            if (leftMs >= 1) await delay(leftMs, undefined, { signal });
          },
        );
      },
    },
  },
  async validate() {},
});

function timedItem(number: number, index: number, container: Parameters<typeof crumbOf>[0]): SourceEntity {
  const id = `timed-${number}-${index}`;
  const name = `Timed item ${index}`;
  const content = makeParagraph(createRandomNumbers(number, index), 2);
  const createdAt = new Date(firstDayMs + (index % 60) * 1_000);
  return {
    id,
    type: itemType,
    name,
    breadcrumbs: crumbOf(container),
    url: `timed://entity/${id}`,
    createdAt,
    fields: { entity_id: id, name, content, sequence_number: index, created_at: createdAt.toISOString() },
    text: content,
  };
}
