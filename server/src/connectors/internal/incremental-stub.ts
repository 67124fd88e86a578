import { z } from 'zod';
import { defineConnector, fieldsOf, type Page, type ReadContext } from '../../connector-kit/index.ts';
import { borrowedStubTypes, containerEntity, crumbOf, smallStubEntity, stubEntityTypes } from './stub-entities.ts';
import { placeholderKey, seed, wholeNumber } from './stub-fields.ts';

const itemsPerPage = 50;

const config = z.object({
  entity_count: wholeNumber({
    title: 'Entity Count',
    description: 'How many items there are besides the container; raise it to add some',
    fallback: 5,
    min: 1,
    max: 100_000,
  }),
  seed,
});
type IncrementalStubConfig = z.output<typeof config>;

const credentials = placeholderKey('stub_key', 'Stub Key', 'stub');

const cursor = z.object({
  /** Index of the last item that was given, -1 when none was. */
  last_entity_index: z.int().min(-1).default(-1),
  entity_count: z.int().optional(),
});

/** Gives its container and the items added since the cursor: for trying incremental syncs. */
export const incrementalStub = defineConnector({
  shortName: 'incremental_stub',
  displayName: 'Incremental Stub',
  description: 'Test source with a cursor: each run gives the container and the items added since the last run.',
  className: 'IncrementalStubSource',
  labels: ['Internal', 'Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: true,
  config,
  configFields: fieldsOf(config),
  credentials,
  credentialFields: fieldsOf(credentials),
  entityTypes: borrowedStubTypes,
  streams: { items: { mode: 'incremental', read: readNewItems } },
  async validate() {},
});

/** The container comes with every run, also one that goes on after a crash: its description holds the count. */
async function* readNewItems({ config: settings, checkpoint, signal }: ReadContext<IncrementalStubConfig>) {
  signal.throwIfAborted();
  const { entity_count, seed: number } = settings;
  const container = {
    id: `inc-stub-container-${number}`,
    type: stubEntityTypes.container.name,
    name: `Incremental Stub Container (seed=${number})`,
    scheme: 'stub',
    description: `Incremental container with ${entity_count} entities`,
    fields: { seed: number, entity_count },
  };
  let entities = [containerEntity(container)];
  let last = cursor.parse(checkpoint ?? {}).last_entity_index;
  const take = (): Page => ({ entities, checkpoint: { last_entity_index: last, entity_count } });
  for (let index = last + 1; index < entity_count; index++) {
    signal.throwIfAborted();
    if (entities.length > itemsPerPage) {
      yield take();
      entities = [];
    }
    entities.push(
      smallStubEntity({
        id: `inc-stub-${number}-${index}`,
        seed: number,
        index,
        breadcrumbs: crumbOf(container),
        createdAt: new Date(Date.UTC(2024, 0, 1 + (index % 28), index % 24)),
        updatedAt: new Date(Date.UTC(2024, 1, 1 + (index % 28), index % 24)),
      }),
    );
    last = index;
  }
  yield take();
}
