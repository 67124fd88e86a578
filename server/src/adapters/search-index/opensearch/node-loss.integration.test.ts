import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { IndexChunk, IndexRef, SearchIndex } from '../../../core/search/search-index.ts';
import { toMessage } from '../../../core/shared/index.ts';
import { axis, chunk, dimensions, newRef, sortedIdsOf } from '../search-index.fixtures.ts';
import { openOpenSearchIndex } from './opensearch-index.ts';
import { toSearchLocation } from './search-url.ts';

const script = fileURLToPath(new URL('../../../../test/opensearch/cluster.sh', import.meta.url));
const url = process.env.TEST_SEARCH_URL;
/** Folder of a cluster that `server/test/opensearch/cluster.sh` started, and whose node 2 may be killed. */
const folder = process.env.TEST_SEARCH_CLUSTER_DIR;

const cluster = (action: 'kill' | 'restart') => promisify(execFile)(script, [action, folder ?? '', '2']);
const untilMs = (condition: () => boolean, limitMs: number) => {
  const end = Date.now() + limitMs;
  return (async () => {
    while (!condition() && Date.now() < end) await sleep(50);
  })();
};

/** Writes, replaces and removes documents until it is told to stop, and notes what was acknowledged. */
async function writeUntil(index: SearchIndex, ref: IndexRef, isOver: () => boolean, onWritten: () => void) {
  const kept = new Map<string, IndexChunk>();
  const gone = new Set<string>();
  const failures: string[] = [];
  for (let i = 0; !isOver(); i++) {
    const first = chunk({ text: `common first ${i}`, vector: axis(i % dimensions), version: 1 });
    const second = chunk({ documentId: first.documentId, text: `common second ${i}`, version: 2, vector: axis(1) });
    try {
      await index.upsert(ref, [first]);
      kept.set(first.chunkId, first);
      onWritten();
      if (i % 2 === 0) continue;
      await index.upsert(ref, [second]);
      kept.set(second.chunkId, second);
      kept.delete(first.chunkId);
      await index.drop(ref, [{ documentId: first.documentId, beforeVersion: 2 }]);
      gone.add(first.chunkId);
    } catch (error) {
      failures.push(toMessage(error));
    }
  }
  return { kept, gone, failures };
}

describe('OpenSearch', () => {
  test.skipIf(url === undefined || folder === undefined)(
    'loses nothing that was acknowledged, and goes on, when a node is killed in the middle',
    { timeout: 400_000 },
    async () => {
      const index = await openOpenSearchIndex({ ...toSearchLocation(url ?? ''), prefix: 'weft-loss' });
      // Several collections, so that both nodes have shards that others copy.
      const refs = Array.from({ length: 6 }, () => newRef());
      for (const ref of refs) await index.create(ref, { dimensions });
      let isOver = false;
      let [searches, writes] = [0, 0];
      const searchFailures: string[] = [];
      const search = async (ref: IndexRef) => {
        while (!isOver) {
          try {
            await index.retrieve(ref, { text: 'common', vector: axis(0), limit: 20 });
            searches++;
          } catch (error) {
            searchFailures.push(toMessage(error));
          }
          await sleep(100);
        }
      };
      const writers = refs.map((ref) =>
        writeUntil(
          index,
          ref,
          () => isOver,
          () => writes++,
        ),
      );
      const searchers = refs.slice(0, 2).map(search);
      try {
        await untilMs(() => searches > 10 && writes > 10, 60_000);
        await cluster('kill');
        const atKill = { searches, writes };
        await untilMs(() => searches > atKill.searches + 30 && writes > atKill.writes + 20, 180_000);
        expect(searches).toBeGreaterThan(atKill.searches + 30);
        expect(writes).toBeGreaterThan(atKill.writes + 20);
      } finally {
        isOver = true;
      }
      await Promise.all(searchers);
      const written = await Promise.all(writers);
      expect(searchFailures).toEqual([]);

      const compare = async () => {
        for (const [i, ref] of refs.entries()) {
          const { kept, gone } = written[i] ?? { kept: new Map(), gone: new Set<string>() };
          expect(sortedIdsOf(await index.fetch(ref, [...kept.keys(), ...gone]))).toEqual([...kept.keys()].toSorted());
          const { keyword } = await index.retrieve(ref, { text: 'common', limit: 10_000 });
          expect(sortedIdsOf(keyword)).toEqual(expect.arrayContaining([...kept.keys()]));
        }
      };
      await compare();
      expect(written.flatMap(({ failures }) => failures)).toEqual([]);
      // The node that comes back with what it had must not be believed.
      await cluster('restart');
      await compare();
      for (const ref of refs) await index.dropCollection(ref);
      await index.close();
    },
  );
});
