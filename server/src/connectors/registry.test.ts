import { describe, expect, it } from 'vitest';
import { describeConnectorConformance } from '../connector-kit/connector.conformance.ts';
import { documents } from './documents.ts';
import { allConnectors, createRegistry } from './registry.ts';

describeConnectorConformance({ connector: documents, config: () => ({}), expectedEntities: 0 });

describe('the registry', () => {
  it('offers internal sources only when asked for', () => {
    const names = (includeInternal: boolean) =>
      createRegistry(allConnectors, { includeInternal })
        .list()
        .map((connector) => connector.shortName);
    expect(names(false)).toEqual(['files', 'documents', 'google_drive', 'linear', 'stripe', 'zendesk']);
    expect(names(true)).toEqual([
      'files',
      'documents',
      'google_drive',
      'linear',
      'stripe',
      'zendesk',
      'stub',
      'timed',
      'incremental_stub',
      'exception_stub',
      'file_stub',
    ]);
    expect(createRegistry(allConnectors, { includeInternal: false }).find('stub')).toBeUndefined();
  });

  it('finds a source by its short name and nothing by another', () => {
    const registry = createRegistry(allConnectors, { includeInternal: true });
    expect(registry.find('files')?.displayName).toBe('Files');
    expect(registry.find('constructor')).toBeUndefined();
  });

  it('refuses two sources of the same name', () => {
    expect(() => createRegistry([documents, documents], { includeInternal: false })).toThrow('same short name');
  });
});
