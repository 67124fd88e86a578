import { z } from 'zod';
import { type BrowseNode, browseNodeTypes } from '../../../connector-kit/index.ts';

/** Something in a source that can be chosen to be read. */
export const BrowseNodeAnswer = z
  .object({
    source_node_id: z.string(),
    node_type: z.enum(browseNodeTypes),
    title: z.string(),
    description: z.string().nullable(),
    item_count: z.int().nullable(),
    has_children: z.boolean().describe('Whether it can be looked into; it may turn out to be empty.'),
    node_metadata: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'BrowseNode' });

export function toBrowseNodeAnswer(node: BrowseNode): z.input<typeof BrowseNodeAnswer> {
  return {
    source_node_id: node.id,
    node_type: node.type,
    title: node.title,
    description: node.description ?? null,
    item_count: node.itemCount ?? null,
    has_children: node.hasChildren,
    node_metadata: node.metadata === undefined ? null : { ...node.metadata },
  };
}

/** Something that is chosen. Of its title and more, only the source knows. */
export const NodeSelectionAnswer = z
  .object({
    source_node_id: z.string(),
    node_type: z.enum(browseNodeTypes),
    node_title: z.string().nullable(),
    node_metadata: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'NodeSelection' });

export function toSelectionAnswer(nodeId: string): z.input<typeof NodeSelectionAnswer> {
  const type = nodeId.slice(0, nodeId.indexOf(':'));
  return {
    source_node_id: nodeId,
    // An id begins with its type; one that does not was never given by a browse tree.
    node_type: browseNodeTypes.find((known) => known === type) ?? 'item',
    node_title: null,
    node_metadata: null,
  };
}
