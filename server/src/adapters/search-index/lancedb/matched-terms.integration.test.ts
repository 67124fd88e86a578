import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchedTerms } from '../../../core/search/index.ts';
import { lancedb } from './engine.ts';
import { ensureFullTextIndex } from './index-build.ts';

/** Forms of one word beside others that only look like it, and words that the index leaves out. */
const words = [
  ...['connect', 'connects', 'connected', 'connecting', 'connection', 'connectivity', 'disconnect'],
  ...['organize', 'organization', 'organic', 'organs', 'university', 'universal', 'universe', 'lateral', 'later'],
  ...[
    'geology',
    'geologist',
    'geologists',
    'added',
    'ad',
    'adds',
    'hopping',
    'hop',
    'hope',
    'hoping',
    'even',
    'evening',
  ],
  ...['emerge', 'emergency', 'dying', 'die', 'skies', 'sky', 'happily', 'happy', 'relational', 'relation', 'agreed'],
  ...[
    'agree',
    'news',
    'new',
    'past',
    'pasted',
    'general',
    'generate',
    'ponies',
    'pony',
    'was',
    'which',
    'most',
    'mostly',
  ],
  ...[
    'why',
    'any',
    'only',
    'themselves',
    'will',
    'willing',
    'résumé',
    'resume',
    'resumes',
    'x1',
    'weft1234',
    'über',
    'uber',
  ],
  ...[
    'straße',
    'strasse',
    'smørrebrød',
    'smorrebrod',
    'łódź',
    'lodz',
    'œuvre',
    'oeuvre',
    'naïve',
    'naive',
    'café',
    'cafe',
  ],
];

let folder: string;
let matchesOf: (word: string) => Promise<readonly string[]>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-terms-'));
  const database = await lancedb.connect(folder);
  const table = await database.createTable(
    'words',
    words.map((word) => ({ search_text: word })),
  );
  await ensureFullTextIndex(table);
  matchesOf = async (word) => {
    const query = table.query().fullTextSearch(new lancedb.MatchQuery(word, 'search_text'));
    const rows = await query.select(['search_text', '_score']).limit(words.length).toArray();
    return rows.map((row) => String(row.search_text)).sort();
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('matchedTerms', () => {
  it('says that a passage has a word exactly where the index finds it', async () => {
    for (const word of words) {
      const said = words.filter((text) => matchedTerms(word, { name: '', headings: [], text }).length > 0);
      expect(said.sort(), word).toEqual(await matchesOf(word));
    }
  });
});
