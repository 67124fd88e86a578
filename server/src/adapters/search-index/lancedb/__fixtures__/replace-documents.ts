import { DocumentId, silentLogger } from '../../../../core/shared/index.ts';
import { SharedLocks } from '../../../postgres/shared-locks.ts';
import { axis, chunk, refOf } from '../../search-index.fixtures.ts';
import { openLanceDbIndex } from '../lancedb-index.ts';

/**
 * Arguments: directory, address of a database, organisation id, collection id, how many rounds, then document ids. Gives each
 * document a new version in each round, drops the one before, and says the round when that is done.
 */
const [directory = '', url = '', organizationId = '', collectionId = '', rounds = '0', ...ids] = process.argv.slice(2);
const locks = new SharedLocks({ connectionString: url }, silentLogger);
const index = await openLanceDbIndex({ directory, logger: silentLogger, lock: (name, work) => locks.run(name, work) });
const ref = refOf(organizationId, collectionId);
const documents = ids.map((id) => DocumentId.parse(id));
await index.create(ref, { dimensions: 8 });
for (let version = 1; version <= Number(rounds); version += 1) {
  await index.upsert(
    ref,
    documents.map((documentId, i) => chunk({ documentId, version, text: `common v${version}`, vector: axis(i % 8) })),
  );
  await index.drop(
    ref,
    documents.map((documentId) => ({ documentId, beforeVersion: version })),
  );
  process.stdout.write(`${version}\n`);
  // Upkeep beside the writes, which may give way to them; the writes are what is looked at.
  if (version % 10 === 0) index.optimise(ref).catch(() => undefined);
}
await index.close();
await locks.close();
