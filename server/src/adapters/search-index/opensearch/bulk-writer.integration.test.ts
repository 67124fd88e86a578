import { Client } from '@opensearch-project/opensearch';
import { afterEach, describe, expect, it } from 'vitest';
import { type ScriptedAnswer, startScriptedCluster } from './__fixtures__/start-scripted-cluster.ts';
import { type BulkItem, BulkWriter } from './bulk-writer.ts';
import { Cluster } from './cluster.ts';

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

const item = (id: number, text = 'x'): BulkItem => ({
  action: JSON.stringify({ index: { _id: id } }),
  row: JSON.stringify({ text }),
});
const idsIn = (body: string) =>
  body
    .split('\n')
    .filter((line) => line.includes('_id'))
    .map((line): number => JSON.parse(line).index._id);
const answerOf = (statuses: readonly number[], error: object = { type: 'rejected' }): ScriptedAnswer => ({
  body: {
    errors: statuses.some((status) => status >= 300),
    items: statuses.map((status) => ({ index: { status, ...(status < 300 ? {} : { error }) } })),
  },
});

async function writer(answer: (ids: readonly number[], size: number) => ScriptedAnswer): Promise<BulkWriter> {
  const scripted = await startScriptedCluster(({ body }) => answer(idsIn(body), body.length));
  const cluster = new Cluster(new Client({ node: scripted.url }));
  close = async () => {
    await cluster.close();
    await scripted.close();
  };
  return new BulkWriter(cluster);
}

describe('writing in bulk', () => {
  it('sends again what was refused for now, and nothing else', async () => {
    const sent: (readonly number[])[] = [];
    const bulk = await writer((ids) => {
      sent.push(ids);
      return answerOf(ids.map((id) => (id % 2 === 1 && sent.length < 3 ? 429 : 201)));
    });
    await bulk.write('index', 'routing', [item(1), item(2), item(3), item(4)]);
    expect(sent).toEqual([
      [1, 2, 3, 4],
      [1, 3],
      [1, 3],
    ]);
  });

  it('sends the whole again when the cluster takes no request', async () => {
    let asked = 0;
    const bulk = await writer((ids) => (asked++ === 0 ? { status: 429, body: {} } : answerOf(ids.map(() => 200))));
    await bulk.write('index', 'routing', [item(1)]);
    expect(asked).toBe(2);
  });

  it('fails for a row that will never be taken, without its text', async () => {
    const bulk = await writer(() => answerOf([201, 400], { type: 'mapper_parsing_exception', reason: 'secret text' }));
    const failure = bulk.write('index', 'routing', [item(1), item(2)]);
    await expect(failure).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/mapper_parsing_exception(?!.*secret)/),
    });
  });

  it('says when the disks of the cluster are full', async () => {
    const reason = 'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, …];';
    const bulk = await writer(() => answerOf([429], { type: 'cluster_block_exception', reason }));
    await expect(bulk.write('index', 'routing', [item(1)])).rejects.toMatchObject({
      code: 'unavailable',
      details: { reason: 'disk_full' },
    });
  });

  it('bounds the bytes of a request, and how many are under way', async () => {
    const sizes: number[] = [];
    const bulk = await writer((ids, size) => {
      sizes.push(size);
      return answerOf(ids.map(() => 201));
    });
    const rows = Array.from({ length: 30 }, (_, i) => item(i, 'x'.repeat(500_000)));
    await Promise.all([bulk.write('index', 'a', rows), bulk.write('index', 'b', [item(99, 'y'.repeat(6_000_000))])]);
    expect(Math.max(...sizes.filter((size) => size < 6_000_000))).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(sizes.length).toBe(5);
  });
});
