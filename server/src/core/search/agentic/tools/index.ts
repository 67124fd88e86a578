import type { AgenticTool } from './agentic-tool.ts';
import { countTool } from './count-tool.ts';
import { navigationTools } from './navigation-tools.ts';
import { readTool } from './read-tool.ts';
import { addToResultsTool, removeFromResultsTool, returnResultsTool, reviewResultsTool } from './result-tools.ts';
import { searchTool } from './search-tool.ts';

export * from './agentic-tool.ts';

/** All tools, for one search: returning may be refused once in it. */
export function createTools(): readonly AgenticTool[] {
  let refusals = 0;
  const mayRefuse = (): boolean => {
    refusals += 1;
    return refusals === 1;
  };
  return [
    searchTool,
    readTool,
    countTool,
    ...navigationTools,
    addToResultsTool,
    removeFromResultsTool,
    reviewResultsTool,
    returnResultsTool(mayRefuse),
  ];
}
