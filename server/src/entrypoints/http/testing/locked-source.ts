import { z } from 'zod';
import { defineConnector, fieldsOf } from '../../../connector-kit/index.ts';

const lockedConfig = z.strictObject({
  workspace: z.string().min(1).meta({ title: 'Workspace', description: 'Which one' }),
  depth: z.int().min(1).default(3).meta({ title: 'Depth', description: 'How deep' }),
});
const lockedCredentials = z.strictObject({
  api_key: z.string().min(8).meta({ title: 'API key', description: 'Of the account', isSecret: true }),
});

/** A source that needs credentials and a setting, which no source in the product does yet. */
export const locked = defineConnector({
  shortName: 'locked',
  displayName: 'Locked',
  description: 'Needs a key',
  className: 'LockedSource',
  labels: ['Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: true,
  config: lockedConfig,
  configFields: fieldsOf(lockedConfig),
  credentials: lockedCredentials,
  credentialFields: fieldsOf(lockedCredentials),
  entityTypes: [{ name: 'HTMLPageEntity', description: 'A page' }],
  streams: { pages: { mode: 'full', async *read() {} } },
  async validate() {},
});
