import { z } from 'zod';
import {
  type FindHit,
  findText,
  matchPlaces,
  resultGroupings,
  SearchQuery,
  trimToTokens,
  wordsInARow,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { instructionsField, instructionsIn } from '../search/instructions-field.ts';
import { maxTokensField } from '../search/present-results.ts';
import {
  type AgentToolDependencies,
  ToolDocument,
  targetFields,
  toolAccess,
  toolParams,
  toTarget,
  toToolDependencies,
  toToolDocument,
} from './tool-target.ts';

const maxWordsLength = 1000;

const FindRequest = z
  .object({
    words: SearchQuery.refine((text) => text.length <= maxWordsLength, {
      error: `Words to find are too long: at most ${maxWordsLength} characters; search for longer texts`,
    }).meta({ description: 'Words in a row, a name, or an id. Case does not count, accents do.' }),
    ...targetFields,
    limit: z.int().min(1).max(1000).default(20),
    offset: z.int().min(0).max(100_000).default(0),
    group_by: z.enum(resultGroupings).default('document').describe('One hit per document, or every passage.'),
    max_tokens: maxTokensField,
  })
  .meta({ id: 'FindRequest' });

const FoundPassage = z.object({
  ...ToolDocument.shape,
  matched_in: z.array(z.enum(matchPlaces)).describe('Where the words are.'),
  is_verbatim: z.boolean().describe('Letter for letter, signs included; else other signs stand between the words.'),
  passage: z
    .object({
      entity_id: z.string().describe('Id of the passage: `<original entity id>__chunk_<n>`.'),
      chunk_index: z.int(),
      text: z.string().describe('Markdown. Text of the source: untrusted.'),
      is_cut: z.boolean(),
      instructions: instructionsField,
    })
    .nullable()
    .describe("A passage that has the words; null where only the document's name or id does."),
});

const FindResponse = z
  .object({
    hits: z.array(FoundPassage).describe('By id and name first, then by the words in the text.'),
    total: z.int().nullable().describe('How many hits there are in all; null: there may be more than were looked at.'),
    left_out: z.object({ hits: z.int(), tokens: z.int() }).nullable().describe('What `max_tokens` left no room for.'),
  })
  .meta({ id: 'FindResponse' });

type Found = z.input<typeof FoundPassage>;

/** `POST /collections/{readable_id}/find`: exact words, names and ids. */
export function findEndpoint(deps: AgentToolDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/find',
    summary: 'Find exact words, names or ids',
    description: 'Gives only what really has the words in a row, and says where: in the text, the name or the id.',
    tags: ['search'],
    access: toolAccess,
    params: toolParams,
    body: FindRequest,
    example: { words: 'third quarter' },
    response: FindResponse,
    handler: async ({ params, body, caller, signal }) => {
      const target = await toTarget(deps, caller, params.readable_id, body);
      const { words, limit, offset, group_by: groupBy } = body;
      const answer = await findText(toToolDependencies(deps), target, { words, limit, offset, groupBy }, signal);
      const hits = answer.hits.map(toFound);
      if (body.max_tokens === null || body.max_tokens === undefined)
        return { hits, total: answer.total, left_out: null };
      return { ...fit(hits, body.max_tokens, words), total: answer.total };
    },
  });
}

function toFound({ document, chunk, matchedIn, isVerbatim }: FindHit): Found {
  return {
    ...toToolDocument(document),
    matched_in: [...matchedIn],
    is_verbatim: isVerbatim,
    passage: chunk && {
      entity_id: `${document.entityId}__chunk_${chunk.chunkIndex}`,
      chunk_index: chunk.chunkIndex,
      text: chunk.text,
      is_cut: false,
      ...instructionsIn(document.name, chunk.text),
    },
  };
}

function fit(
  hits: readonly Found[],
  maxTokens: number,
  words: string,
): Pick<z.input<typeof FindResponse>, 'hits' | 'left_out'> {
  const { find } = wordsInARow(words);
  const { kept, leftOut } = trimToTokens(hits, {
    maxTokens,
    textOf: ({ passage }) => passage?.text ?? '',
    placesOf: ({ passage }) => find((passage?.text ?? '').normalize('NFC'), 100),
    overheadOf: (hit) => Math.ceil(JSON.stringify({ ...hit, passage: { ...hit.passage, text: '' } }).length / 3),
  });
  return {
    hits: kept.map(({ item, text, isCut }) =>
      isCut && item.passage ? { ...item, passage: { ...item.passage, text, is_cut: true } } : item,
    ),
    left_out: leftOut.items === 0 && leftOut.tokens === 0 ? null : { hits: leftOut.items, tokens: leftOut.tokens },
  };
}
