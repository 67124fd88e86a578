import { z } from 'zod';
import { fieldsOf, SourceError } from '../../connector-kit/index.ts';
import type { AuthProvider, CredentialRequest } from '../../core/auth-providers/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { askProvider } from './ask-provider.ts';
import { pickFields } from './pick-fields.ts';
import { secretText, shortText } from './provider-fields.ts';

const Auth = z.strictObject({
  client_id: secretText.meta({ title: 'Client ID', description: 'Of an OAuth client in Pipedream' }),
  client_secret: secretText.meta({ title: 'Client Secret', description: 'Of the same client', isSecret: true }),
});
const Config = z.strictObject({
  project_id: shortText.meta({ title: 'Project ID', description: 'proj_…' }),
  account_id: shortText.meta({ title: 'Account ID', description: 'apn_…, of the connected account' }),
  external_user_id: shortText
    .nullable()
    .default(null)
    .meta({ title: 'External User ID', description: 'Whose account it is; checked when given' }),
  environment: shortText.default('production').meta({ title: 'Environment', description: 'production or development' }),
});

const Token = z.object({ access_token: z.string().min(1) });
const Account = z.object({
  app: z.object({ name_slug: z.string() }),
  external_id: z.string().nullish(),
  dead: z.boolean().nullish(),
  credentials: z.record(z.string(), z.json()).nullish(),
});
/** Bare, or in `data`, as older versions answer. */
const AccountAnswer = z.union([z.object({ data: Account }).transform(({ data }) => data), Account]);

/** Our names of sources that have others there. */
const apps: Readonly<Record<string, string>> = {
  apollo: 'apollo_io',
  outlook_mail: 'outlook',
  outlook_calendar: 'outlook',
  slack: 'slack_v2',
  powerpoint: 'microsoft_onedrive',
  calcom: 'cal_com',
};

const names: Readonly<Record<string, string>> = {
  api_token: 'api_key',
  access_token: 'oauth_access_token',
  personal_access_token: 'oauth_access_token',
  refresh_token: 'oauth_refresh_token',
  client_id: 'oauth_client_id',
  client_secret: 'oauth_client_secret',
};

/** These keep their key under a name of its own. */
function candidatesOf(source: string, name: string): readonly string[] {
  if ((source === 'coda' || source === 'slab') && name === 'api_key') return ['api_token', 'api_key'];
  const theirs = names[name];
  return theirs === undefined ? [name] : [theirs, name];
}

/**
 * https://pipedream.com/docs/connect/api-reference/retrieve-account
 *
 * @param baseUrl without a slash at its end; for tests
 */
export function createPipedream(http: OutboundHttp, baseUrl = 'https://api.pipedream.com'): AuthProvider {
  async function getToken(auth: z.output<typeof Auth>, signal: AbortSignal): Promise<string> {
    const answer = await askProvider(
      http,
      {
        ...{ provider: 'Pipedream', method: 'POST', signal },
        url: `${baseUrl}/v1/oauth/token`,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ grant_type: 'client_credentials', ...auth }),
        notFound: 'Pipedream does not know this OAuth client. Check the client id.',
      },
      Token,
    );
    return answer.access_token;
  }

  async function getAccount({ auth, config, signal }: CredentialRequest): Promise<z.output<typeof Account>> {
    const { project_id, account_id, external_user_id, environment } = Config.parse(config);
    const token = await getToken(Auth.parse(auth), signal);
    const path = `/v1/connect/${encodeURIComponent(project_id)}/accounts/${encodeURIComponent(account_id)}`;
    const account = await askProvider(
      http,
      {
        ...{ provider: 'Pipedream', method: 'GET', signal },
        url: `${baseUrl}${path}?include_credentials=true`,
        headers: { authorization: `Bearer ${token}`, 'x-pd-environment': environment, accept: 'application/json' },
        notFound: `Pipedream has no account '${account_id}' in the project '${project_id}' (${environment}). Connect it there again, or correct the ids.`,
      },
      AccountAnswer,
    );
    if (external_user_id !== null && account.external_id != null && account.external_id !== external_user_id) {
      throw new SourceError(
        'configuration',
        `The account '${account_id}' at Pipedream belongs to another user than '${external_user_id}'.`,
      );
    }
    return account;
  }

  return {
    shortName: 'pipedream',
    displayName: 'Pipedream',
    description: 'Uses accounts that are connected in Pipedream Connect with an OAuth client of your own.',
    className: 'PipedreamAuthProvider',
    authConfigClass: 'PipedreamAuthConfig',
    configClass: 'PipedreamConfig',
    auth: Auth,
    authFields: fieldsOf(Auth),
    config: Config,
    configFields: fieldsOf(Config),
    blockedSources: ['ctti', 'github', 'jira', 'confluence', 'bitbucket', 'onenote', 'word', 'servicenow'],
    async validate(auth, signal) {
      await getToken(Auth.parse(auth), signal);
    },
    async fetchCredentials(request) {
      const source = request.sourceShortName;
      const account = await getAccount(request);
      const slug = apps[source] ?? source;
      if (account.app.name_slug !== slug) {
        throw new SourceError(
          'configuration',
          `The account at Pipedream is one of '${account.app.name_slug}', not of '${slug}'. Give an account of the right app.`,
        );
      }
      const { credentials } = account;
      if (credentials == null || Object.keys(credentials).length === 0) {
        throw new SourceError(
          'configuration',
          'Pipedream keeps the credentials of accounts that were connected with its own OAuth client to itself. Connect the account with an OAuth client of your own.',
        );
      }
      return pickFields(credentials, request.fields, (name) => candidatesOf(source, name), {
        provider: 'Pipedream',
        source,
      });
    },
  };
}
