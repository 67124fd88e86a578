import { z } from 'zod';
import { fieldsOf } from '../../connector-kit/index.ts';
import type { AuthProvider } from '../../core/auth-providers/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { askProvider } from './ask-provider.ts';
import { pickFields } from './pick-fields.ts';
import { secretText } from './provider-fields.ts';

const Auth = z.strictObject({
  base_endpoint_url: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' })
    .max(2_048, 'is too long: at most 2048 characters')
    .refine((url) => !/[?#]/.test(url), 'must have neither a query nor a fragment')
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must not hold a user name or password')
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ title: 'Base Endpoint URL', description: 'Asked as {base}/{source_connection_id}' }),
  api_key: secretText.meta({ title: 'API Key', description: 'Sent in the header X-API-Key', isSecret: true }),
});
const Config = z.strictObject({});
const Answer = z.record(z.string(), z.json());
/** Any answer will do: only its status counts. */
const AnyAnswer = z.unknown();

/** What a server keeps a token under, whatever the source calls it. */
const names: Readonly<Record<string, string>> = { personal_access_token: 'access_token', api_token: 'access_token' };

/** A server of the operator's own that gives credentials by the id of the source connection. */
export function createCustomProvider(http: OutboundHttp): AuthProvider {
  const question = (apiKey: string, signal: AbortSignal) => ({
    ...{ provider: 'The custom auth provider', method: 'GET' as const, signal },
    headers: { 'X-API-Key': apiKey, accept: 'application/json' },
  });
  return {
    shortName: 'custom',
    displayName: 'Custom',
    description: 'Asks a server of your own for the credentials of each source connection.',
    className: 'CustomAuthProvider',
    authConfigClass: 'CustomAuthConfig',
    configClass: 'CustomConfig',
    auth: Auth,
    authFields: fieldsOf(Auth),
    config: Config,
    configFields: fieldsOf(Config),
    blockedSources: ['ctti'],
    featureFlag: 'custom_auth_provider',
    async validate(auth, signal) {
      const { base_endpoint_url: base, api_key: apiKey } = Auth.parse(auth);
      await askProvider(
        http,
        {
          ...question(apiKey, signal),
          url: base,
          notFound: 'The custom auth provider has nothing at its base address (404). Correct base_endpoint_url.',
        },
        AnyAnswer,
      );
    },
    async fetchCredentials({ auth, sourceConnectionId, sourceShortName, fields, signal }) {
      const { base_endpoint_url: base, api_key: apiKey } = Auth.parse(auth);
      const given = await askProvider(
        http,
        {
          ...question(apiKey, signal),
          url: `${base}/${sourceConnectionId}`,
          notFound:
            'The custom auth provider has no credentials for this source connection (404). Connect it there again.',
        },
        Answer,
      );
      const candidates = (name: string) => (names[name] === undefined ? [name] : [names[name], name]);
      return pickFields(given, fields, candidates, {
        provider: 'the custom auth provider',
        source: sourceShortName,
      });
    },
  };
}
