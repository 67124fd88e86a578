/** Rows of the query log and of what was said of its results. */
export interface QueryLogSettingsTable {
  organization_id: string;
  mode: 'off' | 'hashed' | 'full' | null;
  retention_days: number | null;
}

export interface LoggedSearchesTable {
  id: string;
  organization_id: string;
  collection_id: string;
  at: Date;
  tier: 'instant' | 'classic' | 'agentic' | 'older';
  strategy: string;
  planner: string | null;
  caller_kind: string;
  api_key_id: string | null;
  query_hash: Buffer;
  query_text: string | null;
  filter_shape: string | null;
  page_offset: number;
  result_count: number;
  top_score: number | null;
  took_ms: number;
  input_tokens: number | null;
  output_tokens: number | null;
  cost: number | null;
}

export interface SearchFeedbackTable {
  search_id: string;
  entity_id: string;
  judgement: 'good' | 'bad' | 'clicked';
  grade: number;
  organization_id: string;
  collection_id: string;
  at: Date;
}
