import { describe, expect, it } from 'vitest';
import { compileFilter } from './compile-filter.ts';

describe('compileFilter', () => {
  it('joins conditions by AND and groups by OR', () => {
    expect(
      compileFilter([
        [
          { field: 'name', operator: 'equals', value: 'a' },
          { field: 'airweave_system_metadata.chunk_index', operator: 'greater_than', value: 2 },
        ],
        [{ field: 'airweave_system_metadata.source_name', operator: 'in', value: ['files', 'slack'] }],
      ]),
    ).toMatchInlineSnapshot(`
      {
        "bool": {
          "minimum_should_match": 1,
          "should": [
            {
              "bool": {
                "filter": [
                  {
                    "term": {
                      "name": {
                        "value": "a",
                      },
                    },
                  },
                  {
                    "range": {
                      "chunk_index": {
                        "gt": 2,
                      },
                    },
                  },
                ],
              },
            },
            {
              "bool": {
                "filter": [
                  {
                    "terms": {
                      "source_name": [
                        "files",
                        "slack",
                      ],
                    },
                  },
                ],
              },
            },
          ],
        },
      }
    `);
  });

  it('takes nothing that a person writes for syntax', () => {
    expect(compileFilter([[{ field: 'name', operator: 'contains', value: '*a?b\\"' }]])).toMatchInlineSnapshot(`
      {
        "bool": {
          "minimum_should_match": 1,
          "should": [
            {
              "bool": {
                "filter": [
                  {
                    "wildcard": {
                      "name_folded": {
                        "value": "*\\*a\\?b\\\\"*",
                      },
                    },
                  },
                ],
              },
            },
          ],
        },
      }
    `);
  });

  it('compares the sources’ own numbers as text that sorts as they do', () => {
    const numbers = [-1e300, -2, -1.5, -0, 0, 1e-9, 3, 1e300];
    const written = numbers.map((value) =>
      JSON.stringify(compileFilter([[{ field: 'raw_source_fields.n', operator: 'greater_than', value }]])),
    );
    expect(written).toEqual(written.toSorted());
    expect(new Set(written).size).toBe(numbers.length - 1);
  });
});
