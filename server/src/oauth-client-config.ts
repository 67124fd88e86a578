import type { OAuthClient } from './core/connections/index.ts';

/*
 * The operator's own OAuth clients. Each source may have one: OAUTH_<SOURCE>_CLIENT_ID and OAUTH_<SOURCE>_CLIENT_SECRET, where
 * <SOURCE> is its short name in capitals. With OAuth 1 they are the consumer key and secret.
 */

const pattern = /^OAUTH_([A-Z0-9_]+)_CLIENT_(ID|SECRET)$/;

/** One message for each client that is half there. The secrets are not repeated. */
export function findOAuthClientProblems(raw: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [...namesIn(raw)].flatMap((name) => {
    const variables = [`OAUTH_${name}_CLIENT_ID`, `OAUTH_${name}_CLIENT_SECRET`];
    const missing = variables.filter((variable) => raw[variable] === undefined);
    return missing.length === 0 ? [] : [`${missing[0]} is not set, while its other half is. Set both, or neither.`];
  });
}

/** By the source's short name; names of sources that there are not stay without effect. */
export function toOAuthClients(raw: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, OAuthClient> {
  const clients = new Map<string, OAuthClient>();
  for (const name of namesIn(raw)) {
    const id = raw[`OAUTH_${name}_CLIENT_ID`];
    const secret = raw[`OAUTH_${name}_CLIENT_SECRET`];
    if (id !== undefined && secret !== undefined) clients.set(name.toLowerCase(), { id, secret });
  }
  return clients;
}

function namesIn(raw: Readonly<Record<string, string | undefined>>): ReadonlySet<string> {
  return new Set(Object.keys(raw).flatMap((variable) => pattern.exec(variable)?.[1] ?? []));
}
