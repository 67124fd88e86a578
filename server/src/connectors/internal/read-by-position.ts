import { z } from 'zod';
import type { Page, ReadContext, SourceEntity } from '../../connector-kit/index.ts';

const entitiesPerPage = 50;
/** A slow source shows what it has at least this often. */
const pageAfterMs = 500;
const checkpointSchema = z.object({ next: z.int().min(0) });

/**
 * Pages of a source whose entities are numbered: the checkpoint is the number of the next one, so a run goes on anywhere.
 *
 * @param total how many entities there are
 * @param make the entity at a position from 0
 * @param before called before each position and once more with `total` at the end; may wait, or throw to fail the run there,
 *   after everything before it was handed over
 */
export async function* readByPosition(
  context: Pick<ReadContext, 'checkpoint' | 'signal'>,
  total: number,
  make: (position: number) => SourceEntity,
  before: (position: number) => Promise<void> | void = () => undefined,
): AsyncGenerator<Page> {
  const { signal } = context;
  let position = context.checkpoint === undefined ? 0 : checkpointSchema.parse(context.checkpoint).next;
  let entities: SourceEntity[] = [];
  let pageSince = Date.now();
  const take = (): Page => {
    const page = { entities, checkpoint: { next: position } };
    entities = [];
    return page;
  };
  for (; position < total; position++) {
    signal.throwIfAborted();
    try {
      await before(position);
    } catch (error) {
      signal.throwIfAborted();
      if (entities.length > 0) yield take();
      throw error;
    }
    if (entities.length >= entitiesPerPage || (entities.length > 0 && Date.now() - pageSince > pageAfterMs))
      yield take();
    // From here, not from the page before: what its reader does with that one is no slowness of the source.
    if (entities.length === 0) pageSince = Date.now();
    entities.push(make(position));
  }
  if (entities.length > 0) yield take();
  signal.throwIfAborted();
  await before(total);
}
