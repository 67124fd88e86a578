import type { AgenticEvent, AgenticRun, EntitySummary, ToolStats } from '../../../core/search/index.ts';

/** What happens in an agentic search, as messages of its stream. */
export function toAgenticMessage(event: AgenticEvent): object {
  if (event.kind === 'thinking') {
    return {
      type: 'thinking',
      thinking: event.thinking,
      text: event.text,
      duration_ms: Math.round(event.durationMs),
      diagnostics: {
        iteration: event.iteration,
        prompt_tokens: event.inputTokens,
        completion_tokens: event.outputTokens,
      },
    };
  }
  return {
    type: 'tool_call',
    tool_name: event.name,
    duration_ms: Math.round(event.durationMs),
    diagnostics: {
      iteration: event.iteration,
      tool_call_id: event.callId,
      arguments: event.arguments,
      stats: toStats(event.stats),
    },
  };
}

/** Of the whole run, at the end of a stream. */
export function toDiagnostics(run: AgenticRun): object {
  return {
    total_iterations: run.rounds,
    all_seen_entity_ids: run.seenIds,
    all_read_entity_ids: run.readIds,
    all_collected_entity_ids: run.collectedIds,
    max_iterations_hit: run.endedBecause === 'out_of_rounds',
    total_llm_retries: run.retries,
    stagnation_nudges_sent: run.nudges,
    prompt_tokens: run.inputTokens,
    completion_tokens: run.outputTokens,
    cache_creation_input_tokens: run.cacheWriteTokens,
    cache_read_input_tokens: run.cachedInputTokens,
  };
}

function toStats(stats: ToolStats): object {
  return Object.fromEntries(
    Object.entries(stats).map(([key, value]) => [toSnakeCase(key), isSummaries(value) ? value.map(toSummary) : value]),
  );
}

function isSummaries(value: ToolStats[string]): value is readonly EntitySummary[] {
  return Array.isArray(value);
}

function toSummary(summary: EntitySummary): object {
  return {
    entity_id: summary.entityId,
    name: summary.name,
    entity_type: summary.entityType,
    source_name: summary.sourceName,
    relevance_score: summary.relevanceScore,
  };
}

function toSnakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
