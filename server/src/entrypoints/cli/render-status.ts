import { countOf, toRelativeTime } from './relative-time.ts';
import { type Cell, renderTable, type TableLayout } from './render-table.ts';
import { toTerminalText } from './terminal-text.ts';

/** A connection that does not work, and why. */
interface Problem {
  readonly source_connection_id: string;
  readonly name: string;
  readonly reason: string;
}

/** `last_sync` is ISO 8601; null: none has run. */
export interface CollectionState {
  readonly readable_id: string;
  readonly name: string;
  readonly status: string;
  readonly documents: number;
  readonly is_syncing: boolean;
  readonly last_sync: string | null;
  readonly problems: readonly Problem[];
}

/** What `weft status --json` prints. */
export interface ServerState {
  readonly url: string;
  readonly version: string;
  readonly is_ready: boolean;
  readonly checks: Readonly<Record<string, { readonly status: string; readonly error?: string | null | undefined }>>;
  readonly collections: readonly CollectionState[];
}

/** First one sentence about now, then the collections, then what needs somebody, each with its reason. */
export function renderStatus(state: ServerState, layout: TableLayout, now: Date): string {
  const { paint } = layout;
  const server = `Weft ${toTerminalText(state.version)} at ${state.url}`;
  if (!state.is_ready) {
    const down = Object.entries(state.checks).filter(([, check]) => check.status === 'down');
    return [
      `${server} is ${paint.bad('not ready')}.`,
      ...down.map(
        ([name, check]) => `  ${toTerminalText(name)} is down${check.error ? `: ${toTerminalText(check.error)}` : ''}`,
      ),
      'If it has just started, try again in a moment; else look at its log.',
    ].join('\n');
  }
  const documents = state.collections.reduce((sum, collection) => sum + collection.documents, 0);
  const summary = `${server} is ${paint.good('ready')}: ${countOf(state.collections.length, 'collection')}, ${countOf(documents, 'document')}.`;
  if (state.collections.length === 0) return `${summary}\nConnect a folder with: ./weft connect <folder>`;
  const problems = state.collections.flatMap((collection) =>
    collection.problems.map((problem) => ({ ...problem, collection: collection.readable_id })),
  );
  return [
    summary,
    '',
    renderTable(
      columns,
      state.collections.map((collection) => toRow(collection, now)),
      layout,
    ),
    ...(problems.length === 0
      ? []
      : ['', paint.bad(`${countOf(problems.length, 'source')} ${problems.length === 1 ? 'needs' : 'need'} somebody:`)]),
    ...problems.map(
      (problem) =>
        `  ${toTerminalText(problem.name)} in ${toTerminalText(problem.collection)}: ${toTerminalText(problem.reason)}`,
    ),
  ].join('\n');
}

const columns = [
  { title: 'Collection', shrinksTo: 12 },
  { title: 'Name', shrinksTo: 8 },
  { title: 'State' },
  { title: 'Documents', align: 'right' },
  { title: 'Last sync' },
] as const;

function toRow(collection: CollectionState, now: Date): readonly (string | Cell)[] {
  return [
    collection.readable_id,
    collection.name,
    toState(collection),
    collection.documents.toLocaleString('en'),
    toRelativeTime(collection.last_sync, now) || '–',
  ];
}

function toState({ status, is_syncing: isSyncing }: CollectionState): Cell {
  if (status === 'ERROR') return { text: 'failing', tone: 'bad' };
  if (status === 'PARTIAL_ERROR') return { text: 'partly failing', tone: 'warning' };
  if (isSyncing) return { text: 'syncing' };
  if (status === 'ACTIVE') return { text: 'fine' };
  return { text: status === 'NEEDS_SOURCE' ? 'no source yet' : status };
}
