import { findIncompatibilities } from './compare-schemas.ts';
import { deliberateDifferences } from './deliberate-differences.ts';
import type { KnownIds } from './fill-server.ts';
import { answerSchemaOf, type OpenApi, type Operation } from './open-api.ts';
import { isRouted, type Probe, probeRoute } from './probe-route.ts';
import type { AnswerValidator } from './validate-answer.ts';

export interface OperationReport {
  /** `GET /collections/{}` */
  readonly key: string;
  /** As our document has it, or the key's. */
  readonly path: string;
  readonly isServed: boolean;
  readonly bothForms: boolean;
  /** How answers compare, in a word or two. */
  readonly answer: string;
  /** What is missing or incompatible without a reason. */
  readonly problems: readonly string[];
  /** What differs deliberately, and why. */
  readonly reasons: readonly string[];
}

export interface ContractContext {
  readonly url: string;
  readonly known: KnownIds;
  readonly reference: OpenApi;
  readonly document: OpenApi;
  readonly validateAnswer: AnswerValidator;
}

const unknownId = '00000000-0000-4000-8000-000000000000';

/** Compares one operation: by documents, by two requests that change nothing, and by an answer where a harmless one is had. */
export async function checkOperation(
  key: string,
  theirs: Operation | undefined,
  own: { readonly path: string; readonly operation: Operation } | undefined,
  context: ContractContext,
): Promise<OperationReport> {
  if (own === undefined) {
    const path = key.slice(key.indexOf(' ') + 1);
    const problems = ['not in our OpenAPI document'];
    return { key, path, isServed: false, bothForms: false, answer: '', problems, reasons: [] };
  }
  const [method = ''] = key.split(' ');
  const harmless = await probeForms(context.url, method, own.path);
  const bothForms = harmless.every(isRouted) && harmless[0]?.status === harmless[1]?.status;
  const found = [
    ...(bothForms ? [] : [`with and without a slash: ${harmless.map(({ status }) => status).join(' and ')}`]),
    ...harmless.filter(({ status }) => status >= 500).map(({ status }) => `answers ${status} to an empty request`),
    ...(theirs === undefined ? [] : compareInputs(theirs, own.operation)),
    ...(theirs === undefined ? [] : compareAnswers(theirs, own.operation, context)),
    ...(theirs === undefined ? [] : await validateReal(method, own, theirs, context)),
  ];
  const explained = found.map((text) => ({ text, reason: reasonFor(`${key}: ${text}`) }));
  return {
    key,
    path: own.path,
    isServed: true,
    bothForms,
    answer:
      theirs === undefined || answerSchemaOf(theirs) === undefined
        ? 'no schema given'
        : found.length === 0
          ? 'compatible'
          : 'differs',
    problems: explained.flatMap(({ text, reason }) => (reason === undefined ? [text] : [])),
    reasons: explained.flatMap(({ text, reason }) => (reason === undefined ? [] : [`${text}: ${reason}`])),
  };
}

/** Of ids that nothing has, with a body that says nothing. */
async function probeForms(url: string, method: string, template: string): Promise<readonly Probe[]> {
  const path = template.replaceAll(/\{[^}]+\}/g, unknownId);
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  return [await probeRoute(url, method, path, body), await probeRoute(url, method, `${path}/`, body)];
}

function compareInputs(theirs: Operation, own: Operation): readonly string[] {
  const known = new Set(own.parameters?.map(({ name }) => name.toLowerCase()));
  return (theirs.parameters ?? [])
    .filter(({ name, in: where }) => where === 'query' && !known.has(name.toLowerCase()))
    .map(({ name }) => `query parameter ${name}: missing`);
}

function compareAnswers(
  theirs: Operation,
  own: Operation,
  { reference, document }: ContractContext,
): readonly string[] {
  const wanted = answerSchemaOf(theirs);
  if (wanted === undefined) return [];
  const given = answerSchemaOf(own);
  if (given === undefined) return ['no schema of the answer'];
  return findIncompatibilities({ schema: wanted, document: reference }, { schema: given, document });
}

/** A real answer by their schema: of what only reads, and of searches by their example. */
async function validateReal(
  method: string,
  { path, operation }: { readonly path: string; readonly operation: Operation },
  theirs: Operation,
  { url, known, validateAnswer }: ContractContext,
): Promise<readonly string[]> {
  const schema = answerSchemaOf(theirs);
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');
  const isRead = method === 'GET' || /\/search\/(instant|classic)$/.test(path);
  if (schema === undefined || !isRead || names.some((name) => known[name] === undefined)) return [];
  const target = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => known[name] ?? unknownId);
  const body = operation.requestBody?.content['application/json']?.example;
  const { status, answer } = await probeRoute(url, method, target, body);
  if (status !== 200) return [`${method} ${target} answers ${status}`];
  return validateAnswer(schema, answer).map((text) => `real answer: ${text}`);
}

function reasonFor(difference: string): string | undefined {
  return deliberateDifferences.find((one) => one.difference.test(difference))?.reason;
}
