import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

const both = { OAUTH_GOOGLE_DRIVE_CLIENT_ID: 'an-id', OAUTH_GOOGLE_DRIVE_CLIENT_SECRET: 'a-secret' };

describe('OAuth clients of the operator', () => {
  it('are read by the short name of the source', () => {
    expect(parseConfig(both).oauthClients).toEqual(new Map([['google_drive', { id: 'an-id', secret: 'a-secret' }]]));
    expect(parseConfig({}).oauthClients.size).toBe(0);
  });

  it('are set where an empty variable counts as unset', () => {
    expect(parseConfig({ OAUTH_NOTION_CLIENT_ID: ' ', OAUTH_NOTION_CLIENT_SECRET: '' }).oauthClients.size).toBe(0);
  });

  it.each(Object.keys(both))('need both halves: %s is missing', (name) => {
    const half = Object.fromEntries(Object.entries(both).filter(([other]) => other !== name));
    expect(() => parseConfig(half)).toThrow(ConfigError);
    expect(() => parseConfig(half)).toThrow(`${name} is not set`);
    expect(() => parseConfig(half)).not.toThrow('a-secret');
  });
});
