import { z } from 'zod';
import { fieldsOf, SourceError } from '../../connector-kit/index.ts';
import type { AuthProvider, CredentialRequest } from '../../core/auth-providers/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import type { JsonObject } from '../../core/shared/index.ts';
import { askProvider, credentialsError } from './ask-provider.ts';
import { pickFields } from './pick-fields.ts';
import { secretText, shortText } from './provider-fields.ts';

const Auth = z.strictObject({
  api_key: secretText.meta({ title: 'API Key', description: 'Of a project in Composio', isSecret: true }),
});
const Config = z.strictObject({
  auth_config_id: shortText.meta({ title: 'Auth Config ID', description: 'ac_…, of the toolkit in Composio' }),
  account_id: shortText.meta({ title: 'Account ID', description: 'ca_…, of the connected account' }),
});

/** What is read of `GET /api/v3/connected_accounts`. */
const Accounts = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      toolkit: z.object({ slug: z.string() }),
      auth_config: z.object({ id: z.string() }),
      state: z.object({ val: z.record(z.string(), z.json()).nullish() }).nullish(),
    }),
  ),
  next_cursor: z.string().nullish(),
  total_pages: z.number().nullish(),
});
type Account = z.output<typeof Accounts>['items'][number];

/** Our names of sources that have others there. */
const toolkits: Readonly<Record<string, string>> = {
  google_drive: 'googledrive',
  google_calendar: 'googlecalendar',
  google_docs: 'googledocs',
  google_slides: 'googleslides',
  outlook_mail: 'outlook',
  outlook_calendar: 'outlook',
  onedrive: 'one_drive',
  onenote: 'one_drive',
  word: 'one_drive',
  powerpoint: 'one_drive',
  teams: 'microsoft_teams',
  calcom: 'cal',
};

/** Some toolkits keep a key as if it were a token. */
const names: Readonly<Record<string, readonly string[]>> = {
  api_key: ['generic_api_key', 'api_key', 'access_token'],
  personal_access_token: ['access_token', 'personal_access_token'],
};

const pageSize = 100;
/** 10,000 accounts; beyond, the account has to be found by a narrower key. */
const maxPages = 100;

/**
 * https://docs.composio.dev/api-reference/connected-accounts
 *
 * @param baseUrl without a slash at its end; for tests
 */
export function createComposio(http: OutboundHttp, baseUrl = 'https://backend.composio.dev'): AuthProvider {
  async function* pages(apiKey: string, signal: AbortSignal): AsyncGenerator<readonly Account[]> {
    let cursor: string | undefined;
    for (let page = 1; page <= maxPages; page += 1) {
      const query = new URLSearchParams({ limit: String(pageSize), page: String(page) });
      // Newer versions count in cursors.
      if (cursor !== undefined) query.set('cursor', cursor);
      const answer = await askProvider(
        http,
        {
          ...{ provider: 'Composio', method: 'GET', signal },
          url: `${baseUrl}/api/v3/connected_accounts?${query}`,
          headers: { 'x-api-key': apiKey, accept: 'application/json' },
          notFound: 'Composio does not know this project any more. Check the API key.',
        },
        Accounts,
      );
      yield answer.items;
      cursor = answer.next_cursor ?? undefined;
      const isLast = answer.total_pages == null ? answer.items.length < pageSize : page >= answer.total_pages;
      if (answer.items.length === 0 || (cursor === undefined && isLast)) return;
    }
  }

  async function findAccount({ auth, config, sourceShortName, signal }: CredentialRequest): Promise<Account> {
    const { api_key: apiKey } = Auth.parse(auth);
    const { auth_config_id: authConfigId, account_id: accountId } = Config.parse(config);
    const slug = toolkits[sourceShortName] ?? sourceShortName;
    for await (const accounts of pages(apiKey, signal)) {
      const account = accounts.find(({ id, auth_config }) => id === accountId && auth_config.id === authConfigId);
      if (account === undefined) continue;
      if (account.toolkit.slug === slug) return account;
      throw new SourceError(
        'configuration',
        `The account '${accountId}' at Composio is one of '${account.toolkit.slug}', not of '${slug}'. Give an account of the right toolkit.`,
      );
    }
    throw credentialsError(
      `Composio has no account '${accountId}' with the auth config '${authConfigId}'. Connect it there again, or correct the ids.`,
      { category: 'auth_provider_account_gone' },
    );
  }

  return {
    shortName: 'composio',
    displayName: 'Composio',
    description: 'Uses accounts that are connected in Composio.',
    className: 'ComposioAuthProvider',
    authConfigClass: 'ComposioAuthConfig',
    configClass: 'ComposioConfig',
    auth: Auth,
    authFields: fieldsOf(Auth),
    config: Config,
    configFields: fieldsOf(Config),
    blockedSources: ['ctti', 'sharepoint', 'document360', 'slab'],
    async validate(auth, signal) {
      await pages(Auth.parse(auth).api_key, signal).next();
    },
    async fetchCredentials(request) {
      const account = await findAccount(request);
      const given: JsonObject = account.state?.val ?? {};
      return pickFields(given, request.fields, (name) => names[name] ?? [name], {
        provider: 'Composio',
        source: request.sourceShortName,
      });
    },
  };
}
