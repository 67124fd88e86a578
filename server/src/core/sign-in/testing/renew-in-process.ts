import { parseArgs } from 'node:util';
import { createCredentialVault } from '../../../adapters/credential-vault/credential-vault.ts';
import { createOAuthGateway } from '../../../adapters/oauth/create-oauth-gateway.ts';
import { createOutboundHttp } from '../../../adapters/outbound/create-outbound-http.ts';
import { openDatabase } from '../../../adapters/postgres/database.ts';
import { SharedLocks } from '../../../adapters/postgres/shared-locks.ts';
import { createTokenStore } from '../../../adapters/postgres/token-store.ts';
import { OrganizationId, Scope, SourceConnectionId, silentLogger } from '../../shared/index.ts';
import { RenewedTokens } from '../renewed-tokens.ts';
import { parseStoredTokens } from '../stored-tokens.ts';
import { sealingKey } from './sealing-key.ts';

/* A process of its own that has a token which the source refuses: prints the one it uses then. */

const text = { type: 'string', default: '' } as const;
const { values } = parseArgs({ options: { database: text, organization: text, connection: text, url: text } });
const connection = { connectionString: values.database };
const database = await openDatabase(connection, { logger: silentLogger, maxConnections: 4 });
const locks = new SharedLocks(connection, silentLogger);
const outbound = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
const scope = new Scope(OrganizationId.parse(values.organization));
const id = SourceConnectionId.parse(values.connection);
const vault = createCredentialVault([sealingKey]);
const tokens = createTokenStore(database);
const stored = parseStoredTokens(vault.open(scope, id, (await tokens.read(scope, id)) ?? new Uint8Array()));
const renewed = new RenewedTokens(
  { tokens, oauth: createOAuthGateway(outbound), vault, runLocked: (name, work) => locks.run(name, work) },
  {
    ...{ scope, id, client: { id: 'c', secret: 's' } },
    oauth: {
      ...{ kind: 'oauth2', scopes: [], tokens: 'with_rotating_refresh' },
      ...{ authorizeUrl: `${values.url}/authorize`, tokenUrl: `${values.url}/token` },
    },
  },
  stored,
);
// All begin with the same token, however long each took to start.
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
process.stdout.write(`${await renewed.renew(stored.access_token)}\n`);
await outbound.close();
await locks.close();
await database.close();
process.exit();
