import { afterEach, describe, expect, it } from 'vitest';
import {
  type ScriptedAnswer,
  type ScriptedRequest,
  startScriptedCluster,
} from './__fixtures__/start-scripted-cluster.ts';
import { connectCluster } from './connect-cluster.ts';
import { toSearchLocation } from './search-url.ts';

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

const root = (number: string, distribution?: string): ScriptedAnswer => ({
  body: { version: { number, ...(distribution === undefined ? {} : { distribution }) } },
});
const plugins = (...names: string[]): ScriptedAnswer => ({
  body: names.map((component) => ({ name: 'n1', component })),
});

async function connect(answer: (request: ScriptedRequest) => ScriptedAnswer, login = '') {
  const scripted = await startScriptedCluster(answer);
  close = scripted.close;
  const cluster = await connectCluster(toSearchLocation(scripted.url.replace('//', `//${login}`)));
  await cluster.close();
}

describe('connecting to a cluster', () => {
  it('takes OpenSearch 3 with k-NN, with the user and password of the address', async () => {
    const seen: (string | undefined)[] = [];
    await connect(({ path, authorization }) => {
      seen.push(authorization);
      return path === '/' ? root('3.5.0', 'opensearch') : plugins('other', 'opensearch-knn');
    }, 'weft:p%40ss@');
    expect(new Set(seen)).toEqual(new Set([`Basic ${Buffer.from('weft:p@ss').toString('base64')}`]));
  });

  it.each([
    ['an older version', root('2.19.0', 'opensearch'), 'OpenSearch 2.19.0; Weft needs version 3'],
    ['another product', root('8.1.0'), 'not OpenSearch'],
    ['something else', { body: { hello: 'world' } }, 'not OpenSearch'],
    ['a wrong password', { status: 401, body: {} }, 'refused the user or password'],
    ['a server that is starting', { status: 503, body: {} }, 'status 503'],
  ])('refuses %s and says so', async (_, answer, message) => {
    await expect(connect(() => answer)).rejects.toThrow(message);
  });

  it('refuses a cluster without the plugin for vectors', async () => {
    const answer = ({ path }: ScriptedRequest) => (path === '/' ? root('3.5.0', 'opensearch') : plugins('other'));
    await expect(connect(answer)).rejects.toThrow('opensearch-knn');
  });

  it('says when nothing answers', async () => {
    const scripted = await startScriptedCluster(() => ({ body: {} }));
    await scripted.close();
    await expect(connectCluster(toSearchLocation(scripted.url))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cannot be reached'),
    });
  });
});
