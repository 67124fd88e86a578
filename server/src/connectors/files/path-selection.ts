import { type BytePath, fromPathText, toPathText } from './byte-path.ts';

/** Which part of a folder is wanted, by paths relative to it. */
export interface PathSelection {
  /** Whether it is chosen, or is in something chosen. */
  takes(path: BytePath): boolean;
  /** Whether something in this folder may be taken. */
  mayHold(folder: BytePath): boolean;
}

/** @param ids as the browse tree gives them; what is none of them takes nothing */
export function createPathSelection(ids: readonly string[]): PathSelection {
  const chosen = new Set(ids.map(fromNodeId));
  const above = new Set([...chosen].flatMap((path) => upwards(path).slice(1)));
  const takes = (path: BytePath) => upwards(path).some((each) => chosen.has(each));
  return { takes, mayHold: (folder) => above.has(folder) || takes(folder) };
}

/** The id of a node of the browse tree: `folder:drafts`, `file:drafts/plan.md`. */
export function toNodeId(type: 'folder' | 'file', path: BytePath): string {
  return `${type}:${toPathText(path)}`;
}

/** The path in an id of either type. */
export function fromNodeId(id: string): BytePath {
  return fromPathText(id.replace(/^(folder|file):/, ''));
}

/** `a/b/c`, `a/b`, `a`. */
function upwards(path: BytePath): readonly BytePath[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, segments.length - index).join('/'));
}
