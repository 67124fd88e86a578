import type { Condition, OwnField, OwnValue } from '../../core/search/filter.ts';
import { orderOperators } from '../../core/search/filter.ts';
import type { IndexChunk } from '../../core/search/search-index.ts';
import { type JsonObject, newId, SyncId } from '../../core/shared/index.ts';
import { axis, chunk, dimensions, syncId } from './search-index.fixtures.ts';

const filterNames = [
  'Alpha',
  'alpha',
  "O'Brien",
  '100%_x',
  'a\\b',
  'Über',
  'ΟΔΥΣΣΕΥΣ',
  '日本語',
  '',
  ' ',
  "') OR true --",
  '🙂',
];
const dates = [null, new Date(0), new Date(-1), new Date('2024-02-29T12:00:00.001Z'), new Date('2100-01-01')];
export const pick = <T>(items: readonly T[], seed: number): T => items[seed % items.length] as T;

const longText = `${'long '.repeat(60)}end`;
const ownFields: readonly JsonObject[] = [
  {},
  { team: 'red', size: 3, open: true, due: '2024-02-29' },
  { team: ['red', 'blue'], size: [1, 10.5], open: false, due: ['2024-01-01', 'soon'] },
  { team: 'Red', size: '3', open: 'true', due: '2024-02-29T12:00:00.001Z' },
  { team: 'O\'Brien " \\ %_ \u001f', size: -2.5e-7, open: [true, false], due: '2024-02-30' },
  { team: null, size: null, open: null, due: '2024-02-29T23:59:60Z' },
  { team: [], size: [null], open: {}, due: ' 2024-02-29' },
  { team: [['red']], size: [[3]], open: [], due: '2024-02-29 13:30+02:00' },
  { team: { lead: 'anna', size: 2 }, size: 1e300, due: 'x2024-02-29' },
  { team: [{ lead: 'bob' }, { lead: ['anna', 7] }, 'red'], size: -1e300, due: '0000-01-01' },
  { 'team.lead': 'anna', 'si"ze': 3, "it's": 'a', '': 'empty', due: '2024-02-29T12:00,5-2359' },
  { team: { lead: { name: 'deep' } }, size: 0, due: '9999-12-31T23:59-23:59' },
  { team: longText, size: 2 ** 53, due: '20240229' },
  { team: 'ΟΔΥΣΣΕΥΣ', size: 0.1, due: '2024-02-29T24:00' },
  { team: '\ud800 and \0', due: '2024-02-29t12:00z' },
  { team: '', size: 2, open: 1, "')] ? (true) --": 'x', '$."team"': 'y' },
];

/** Passages with every kind of value that a filter may meet. */
export const filterChunks: readonly IndexChunk[] = Array.from({ length: 120 }, (_, i) =>
  chunk({
    text: 'common',
    vector: axis(i % dimensions, (i % 7) / 10),
    name: pick(filterNames, i),
    entityId: `e${i % 30}`,
    entityType: pick(['Page', 'File'], i),
    sourceName: pick(['files', 'notion', 'slack'], i),
    syncId: i % 2 === 0 ? syncId : newId(SyncId),
    syncJobId: `job-${i % 4}`,
    createdAt: pick(dates, i),
    updatedAt: pick(dates, i + 2),
    chunkIndex: i % 11,
    viewers: pick([null, [], ['user:anna@example.com'], ["group:o'neil", 'user:bob@example.com']], i),
    isPublic: pick([null, true, false], i),
    fields: pick(ownFields, i * 7),
    breadcrumbs: Array.from({ length: i % 4 }, (__, level) => ({
      entityId: `b${(i + level) % 5}`,
      name: pick(filterNames, i + level),
      entityType: pick(['Folder', 'Space', "Do'c"], i + level),
    })),
  }),
);

const textValues = {
  entity_id: ['e3__chunk_3', 'e3', 'e5__chunk_0'],
  name: filterNames,
  'breadcrumbs.entity_id': ['b0', 'b4', 'b9'],
  'breadcrumbs.name': filterNames,
  'breadcrumbs.entity_type': ['Folder', "Do'c", 'folder'],
  'airweave_system_metadata.entity_type': ['Page', 'page'],
  'airweave_system_metadata.source_name': ['files', 'slack', 'none'],
  'airweave_system_metadata.original_entity_id': ['e3', 'e30'],
  'airweave_system_metadata.sync_id': [syncId, newId(SyncId)],
  'airweave_system_metadata.sync_job_id': ['job-1', 'job-'],
} as const;
const existsFields = [
  'created_at',
  'updated_at',
  'access.viewers',
  'access.is_public',
  'breadcrumbs.entity_id',
  'breadcrumbs.name',
  'breadcrumbs.entity_type',
] as const;
const comparisons = [
  'equals',
  'not_equals',
  'greater_than',
  'less_than',
  'greater_than_or_equal',
  'less_than_or_equal',
] as const;

const ownNames = [
  'team',
  'team.lead',
  'team.lead.name',
  'size',
  'open',
  'due',
  'si"ze',
  "it's",
  "')] ? (true) --",
  '$."team"',
  'missing',
  'te\0am',
] as const;
const ownValues: readonly OwnValue[] = [
  'red',
  'anna',
  '3',
  3,
  7,
  10.5,
  0.1,
  true,
  false,
  'true',
  1,
  '',
  longText,
  'O\'Brien " \\ %_ \u001f',
  '2024-02-29',
  '\ud800 and \0',
];
const needles = ['RED', '', '%', '_ ', '\u001f', 'end', 'οδυσσευς', "'", '\\', 'dbl', '3'];
const bounds = [
  3,
  -2.5e-7,
  0,
  1e300,
  10.4,
  new Date('2024-02-29'),
  new Date('2024-02-29T12:00:00.001Z'),
  new Date('2024-02-29T11:30:00Z'),
  new Date(Number.NaN),
];

const valueConditions = (field: OwnField, values: readonly OwnValue[]): readonly Condition[] => [
  ...values.flatMap((value) => (['equals', 'not_equals'] as const).map((operator) => ({ field, operator, value }))),
  ...[[], ['red', 3, true], ['none', 'anna'], ownValues].flatMap((value) =>
    (['in', 'not_in'] as const).map((operator) => ({ field, operator, value })),
  ),
  ...[true, false].map((value) => ({ field, operator: 'exists' as const, value })),
];
const rangeConditions = (field: OwnField): readonly Condition[] =>
  bounds.flatMap((value) => [
    ...orderOperators.map((operator) => ({ field, operator, value })),
    { field, operator: 'less_than' as const, value, isNegated: true as const },
  ]);
const ownConditions: readonly Condition[] = ownNames.flatMap((name) => {
  const field: OwnField = `raw_source_fields.${name}`;
  const isMain = ['team', 'size', 'open', 'due'].includes(name);
  return [
    ...valueConditions(field, isMain ? ownValues : ['anna', 3, 'x']),
    ...(isMain ? rangeConditions(field) : []),
    ...(isMain ? needles : ['A', '']).map((value) => ({ field, operator: 'contains' as const, value })),
  ];
});

/** Each field with each of its operators, and values that are there and not. */
export const filterConditions: readonly Condition[] = [
  ...(Object.entries(textValues) as [keyof typeof textValues, readonly string[]][]).flatMap(([field, values]) => [
    ...values.flatMap((value) =>
      (['equals', 'not_equals', 'contains'] as const).map((operator) => ({ field, operator, value })),
    ),
    ...[[], values.slice(0, 1), values].flatMap((value) =>
      (['in', 'not_in'] as const).map((operator) => ({ field, operator, value })),
    ),
  ]),
  ...(['created_at', 'updated_at'] as const).flatMap((field) => [
    ...[new Date(0), new Date('2024-02-29T12:00:00.001Z'), new Date(Number.NaN)].flatMap((value) =>
      comparisons.map((operator) => ({ field, operator, value })),
    ),
    ...[[], [new Date(0)], [new Date(-1), new Date('2100-01-01')]].flatMap((value) =>
      (['in', 'not_in'] as const).map((operator) => ({ field, operator, value })),
    ),
  ]),
  ...[0, 5, 10, -1, 2.5, 1e300, -1e300, Number.POSITIVE_INFINITY].flatMap((value) =>
    comparisons.map((operator) => ({ field: 'airweave_system_metadata.chunk_index' as const, operator, value })),
  ),
  ...[[], [3], [0, 2.5, 9]].flatMap((value) =>
    (['in', 'not_in'] as const).map((operator) => ({
      field: 'airweave_system_metadata.chunk_index' as const,
      operator,
      value,
    })),
  ),
  ...[[], ['user:anna@example.com'], ['nobody', "group:o'neil"]].flatMap((value) =>
    (['in', 'not_in'] as const).map((operator) => ({ field: 'access.viewers' as const, operator, value })),
  ),
  ...ownConditions,
  ...[true, false].flatMap((value): readonly Condition[] => [
    ...(['equals', 'not_equals'] as const).map((operator) => ({
      field: 'access.is_public' as const,
      operator,
      value,
    })),
    ...existsFields.map((field) => ({
      field,
      operator: 'exists' as const,
      value,
    })),
  ]),
];
