import type { z } from 'zod';
import type { LanguageModel } from '../../../core/language-models/index.ts';
import { AppError, plainText } from '../../../core/shared/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { AgenticSearchRequest } from './agentic-request.ts';
import { type StreamAgenticDependencies, streamAgenticEndpoint } from './stream-agentic.ts';

export interface ModelChoiceDependencies extends StreamAgenticDependencies {
  /** A configured model by its name, `<provider>:<model>`. Absent: there are none. */
  readonly findModel?: (name: string) => LanguageModel | undefined;
}

const Body = AgenticSearchRequest.extend({
  model: plainText({ min: 1, max: 200 })
    .nullish()
    .describe('One of those that are configured, as `GET /models` names them; null: the chain of the task.'),
}).meta({ id: 'AdminAgenticSearchRequest' });

/** `POST /admin/collections/{readable_id}/search/agentic/stream`: the same search, planned by a model of one's choice. */
export function streamAgenticWithModelEndpoint(deps: ModelChoiceDependencies): Endpoint {
  const asConfigured = streamAgenticEndpoint(deps);
  return {
    ...asConfigured,
    path: `/admin${asConfigured.path}`,
    summary: 'Search in rounds with a chosen model and follow it',
    description: 'The same as the search without `/admin`, to compare models.',
    access: 'platform_admin',
    body: Body,
    handler: (input) => {
      // The server parsed it with the schema above.
      const { model: name, ...body } = input.body as z.output<typeof Body>;
      const chosen = name ? streamAgenticEndpoint(withModel(deps, name)) : asConfigured;
      return chosen.handler({ ...input, body });
    },
  };
}

/** @throws AppError('unprocessable') for a model that is not configured */
function withModel(deps: ModelChoiceDependencies, name: string): StreamAgenticDependencies {
  const agentic = deps.findModel?.(name);
  if (agentic !== undefined) return { ...deps, languageModels: { ...deps.languageModels, agentic } };
  throw new AppError('unprocessable', `The model '${name}' is not configured; GET /models lists those that are.`, {
    details: { field: 'model' },
  });
}
