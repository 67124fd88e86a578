export type {
  AgenticAnswer,
  AgenticDependencies,
  AgenticEvent,
  AgenticRun,
  EntitySummary,
  ToolStats,
} from './agentic-search.ts';
export { searchAgentic } from './search-agentic.ts';
