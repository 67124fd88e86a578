import type { Connector } from './connector.ts';

/** A connector with its configuration's types forgotten, as the registry and the sync hold it. */
export type AnyConnector = Connector;

/**
 * Declares a source. The configuration and credential types are inferred from their zod schemas, so that a stream that
 * reads a field nobody declared does not compile.
 */
export function defineConnector<Config, Credentials>(connector: Connector<Config, Credentials>): AnyConnector {
  // The registry holds connectors of different types; `config` and `credentials` are parsed with the connector's own
  // schemas before any of its functions is called, which is what makes forgetting the types sound.
  return connector as unknown as AnyConnector;
}
