import type { ConnectSessionDependencies } from '../../../core/connect/index.ts';
import type { SignInDependencies } from '../../../core/sign-in/index.ts';
import type { Endpoint } from '../endpoint.ts';
import type { SourceCatalog } from '../sources/source-catalog.ts';
import { createSessionConnectionEndpoint, deleteSessionConnectionEndpoint } from './change-session-connections.ts';
import { createSessionEndpoint } from './create-session.ts';
import { getSessionEndpoint } from './get-session.ts';
import {
  getSessionConnectionEndpoint,
  listSessionConnectionsEndpoint,
  listSessionJobsEndpoint,
} from './read-session-connections.ts';
import { revokeSessionEndpoint } from './revoke-session.ts';
import { repeatSessionSignInEndpoint, verifySessionSignInEndpoint } from './session-sign-ins.ts';
import { getSessionSourceEndpoint, listSessionSourcesEndpoint } from './session-sources.ts';
import { type SubscribeDependencies, subscribeToConnectionEndpoint } from './subscribe-to-connection.ts';

export interface ConnectEndpointDependencies
  extends ConnectSessionDependencies,
    SignInDependencies,
    SubscribeDependencies {
  readonly sources: SourceCatalog;
}

export function connectEndpoints(dependencies: ConnectEndpointDependencies): readonly Endpoint[] {
  return [
    createSessionEndpoint(dependencies),
    getSessionEndpoint(),
    revokeSessionEndpoint(dependencies),
    listSessionSourcesEndpoint(dependencies.sources),
    getSessionSourceEndpoint(dependencies.sources),
    listSessionConnectionsEndpoint(dependencies),
    getSessionConnectionEndpoint(dependencies),
    createSessionConnectionEndpoint(dependencies),
    deleteSessionConnectionEndpoint(dependencies),
    repeatSessionSignInEndpoint(dependencies),
    verifySessionSignInEndpoint(dependencies),
    listSessionJobsEndpoint(dependencies),
    subscribeToConnectionEndpoint(dependencies),
  ];
}
