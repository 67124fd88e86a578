import type { Endpoint } from '../endpoint.ts';
import { listModelsEndpoint, type ModelDependencies } from './list-models.ts';
import { testModelsEndpoint } from './test-models.ts';

export type { ModelDependencies } from './list-models.ts';

export function modelEndpoints(dependencies: ModelDependencies): readonly Endpoint[] {
  return [listModelsEndpoint(dependencies), testModelsEndpoint(dependencies)];
}
