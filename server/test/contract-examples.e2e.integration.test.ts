import { describe, expect, test } from 'vitest';
import { answerSchemaOf, type OpenApi, type Operation, operationsOf } from '../scripts/contract/open-api.ts';
import { createAnswerValidator } from '../scripts/contract/validate-answer.ts';
import { ContractServer } from './contract-server.ts';

const server = ContractServer.use();

interface Candidate {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Operations whose paths name only things that are there. */
function findable(document: OpenApi): readonly Candidate[] {
  return [...operationsOf(document)].flatMap(([key, { path, operation }]) => {
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');
    if (names.some((name) => server.known[name] === undefined)) return [];
    const target = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => server.known[name] ?? '');
    return [{ method: key.slice(0, key.indexOf(' ')), path: target, operation }];
  });
}

const exampleOf = (operation: Operation) => operation.requestBody?.content['application/json']?.example;

const needsQuery = ({ operation }: Candidate) =>
  operation.parameters?.some((parameter) => parameter.in === 'query' && parameter.required) === true;

const isStream = ({ operation }: Candidate) => operation.responses['200']?.content?.['text/event-stream'] !== undefined;

/** Sends it, and says what is wrong with what comes back: nothing, where all is well. */
async function judge(
  candidate: Candidate,
  document: OpenApi,
): Promise<{ status: number; problems: readonly string[] }> {
  const { method, path, operation } = candidate;
  const { status, body } = await server.call(method, path, exampleOf(operation));
  const name = `${method} ${path}`;
  if (operation.responses[status] === undefined) return { status, problems: [`${name}: ${status} is not described`] };
  const schema = status < 300 && body !== undefined ? answerSchemaOf(operation) : undefined;
  const problems = schema === undefined ? [] : createAnswerValidator(document)(schema, body);
  return { status, problems: problems.map((text) => `${name}: ${text}`) };
}

describe('the OpenAPI document', () => {
  test('has examples that are sent as they are, and answered as it says', { timeout: 60_000 }, async () => {
    const document = await server.document();
    const wrong: string[] = [];
    const sent: string[] = [];
    for (const candidate of findable(document)) {
      if (exampleOf(candidate.operation) === undefined || needsQuery(candidate)) continue;
      const { status, problems } = await judge(candidate, document);
      wrong.push(...problems, ...(status < 300 ? [] : [`${candidate.method} ${candidate.path}: ${status}`]));
      sent.push(candidate.operation.operationId ?? '');
    }
    expect(wrong).toEqual([]);
    expect(sent).toEqual(
      expect.arrayContaining([
        'create_collection',
        'update_collection',
        'push_documents',
        'search_a_collection_at_once',
      ]),
    );
  });

  test('says of everything that can be read what really comes', { timeout: 60_000 }, async () => {
    const document = await server.document();
    const wrong: string[] = [];
    let read = 0;
    for (const candidate of findable(document)) {
      if (candidate.method !== 'GET' || needsQuery(candidate) || isStream(candidate)) continue;
      const { status, problems } = await judge(candidate, document);
      wrong.push(...problems);
      read += status === 200 ? 1 : 0;
    }
    expect(read).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});
