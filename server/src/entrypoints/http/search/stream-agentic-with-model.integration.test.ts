import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLanguageModels } from '../../../adapters/language-models/create-language-models.ts';
import {
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../../../adapters/language-models/testing/scripted-model-server.ts';
import { testingSettings } from '../../../adapters/language-models/testing/testing-settings.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { streamAgenticWithModelEndpoint } from './stream-agentic-with-model.ts';

const path = '/admin/collections/papers/search/agentic/stream';
let server: ScriptedModelServer;
let fixture: SearchFixture;
let endpoint: Endpoint;
let asked: unknown[] = [];

beforeAll(async () => {
  // It answers nothing: rules do the work, and what counts here is which model was asked.
  server = await startScriptedModelServer((request) => {
    asked.push(request.body.model);
    return { status: 400 };
  });
  const compatible = { baseUrl: server.url, apiKey: 'sk-scripted-secret' };
  const one = { provider: 'compatible', model: 'one' } as const;
  const two = { provider: 'compatible', model: 'two' } as const;
  const settings = testingSettings([one], { compatible });
  const { models, find } = createLanguageModels(
    { ...settings, chains: { ...settings.chains, classic: [two] } },
    silentLogger,
  );
  fixture = await createSearchFixture(
    (dependencies) => {
      endpoint = streamAgenticWithModelEndpoint({ ...dependencies, languageModels: models, findModel: find });
      return [endpoint];
    },
    [{ sourceName: 'notion', entityType: 'NotionPageEntity', name: 'Lease', text: 'The lease ends in June.' }],
  );
});
afterAll(async () => {
  await fixture?.close();
  await server?.close();
});

const ask = (body: object) => fixture.ask('POST', path, { bearer: fixture.operatorToken, body });

test('the model that is named is asked, and without one that of the task', async () => {
  for (const [model, name] of [
    [undefined, 'one'],
    [null, 'one'],
    ['compatible:two', 'two'],
  ] as const) {
    asked = [];
    const { status, body } = await ask({ query: 'When does the lease end?', model });
    expect(status).toBe(200);
    expect(body).toMatch(/"type":"done".*"Lease"/);
    expect(new Set(asked)).toEqual(new Set([name]));
  }
});

test('a model that is not configured is refused before anything is streamed', async () => {
  asked = [];
  const { status, body } = await ask({ query: 'anything', model: 'compatible:three' });
  expect(status).toBe(422);
  expect(body.errors).toEqual([{ model: expect.stringContaining("'compatible:three' is not configured") }]);
  expect((await ask({ query: 'anything', model: '' })).status).toBe(422);
  expect(asked).toEqual([]);
});

test('nobody but administrators of the server may choose', () => expectRefusals(fixture, endpoint));
