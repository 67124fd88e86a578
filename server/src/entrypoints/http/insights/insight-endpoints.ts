import type { QueryLog, QueryLogStore } from '../../../core/insights/index.ts';
import type { SearchStore } from '../../../core/search/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { getEvaluationSetEndpoint } from './get-evaluation-set.ts';
import { getInsightsEndpoint } from './get-insights.ts';
import { postFeedbackEndpoint } from './post-feedback.ts';
import { getQueryLogSettingEndpoint, putQueryLogSettingEndpoint } from './query-log-settings.ts';

export interface InsightEndpointDependencies {
  readonly store: QueryLogStore;
  readonly log: QueryLog;
  readonly collections: Pick<SearchStore, 'findCollection'>;
}

export function insightEndpoints(dependencies: InsightEndpointDependencies): readonly Endpoint[] {
  return [
    postFeedbackEndpoint(dependencies),
    getInsightsEndpoint(dependencies),
    getEvaluationSetEndpoint(dependencies),
    getQueryLogSettingEndpoint(dependencies),
    putQueryLogSettingEndpoint(dependencies),
  ];
}
