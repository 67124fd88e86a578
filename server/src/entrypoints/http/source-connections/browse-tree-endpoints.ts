import type { BrowseDependencies } from '../../../core/connections/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { browseTreeEndpoint } from './browse-tree.ts';
import { listSelectionsEndpoint } from './list-selections.ts';
import { selectNodesEndpoint } from './select-nodes.ts';

export function browseTreeEndpoints(dependencies: BrowseDependencies): readonly Endpoint[] {
  return [browseTreeEndpoint(dependencies), listSelectionsEndpoint(dependencies), selectNodesEndpoint(dependencies)];
}
