import type { ConnectionStore, ConnectorRegistry } from '../../../core/connections/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { entityCountsEndpoint, totalCountEndpoint } from './entity-counts.ts';
import { listDefinitionsEndpoint } from './list-definitions.ts';

export function entityEndpoints(dependencies: {
  readonly connections: ConnectionStore;
  readonly connectors: ConnectorRegistry;
}): readonly Endpoint[] {
  const describeEntityType = (name: string) => {
    const types = dependencies.connectors.list().flatMap((connector) => connector.entityTypes);
    return types.find((type) => type.name === name)?.description ?? null;
  };
  return [
    listDefinitionsEndpoint(dependencies.connectors),
    entityCountsEndpoint({ ...dependencies, describeEntityType }),
    totalCountEndpoint(dependencies),
  ];
}
