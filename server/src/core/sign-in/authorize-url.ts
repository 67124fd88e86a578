import type { OAuth2 } from '../../connector-kit/index.ts';
import { AppError, type JsonObject } from '../shared/index.ts';

const placeholder = /\{([a-z0-9_]+)\}/gi;
/** Parts of a host name: no slash, colon, question mark or at sign, which would lead elsewhere. */
const hostPart = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;

/**
 * Fills the configuration's fields into an address such as `https://{subdomain}.example.com/oauth`.
 *
 * @throws AppError('unprocessable') naming the fields that are missing, blank, or cannot be part of an address
 */
export function fillTemplate(template: string, config: JsonObject): string {
  const pathStart = template.indexOf('/', template.indexOf('://') + 3);
  const isInHost = (offset: number) => pathStart === -1 || offset < pathStart;
  const wrong = new Set<string>();
  const filled = template.replace(placeholder, (_match, name: string, offset: number) => {
    const value = config[name];
    const text = typeof value === 'string' ? value.trim() : '';
    if (text === '' || (isInHost(offset) && !hostPart.test(text))) wrong.add(name);
    return isInHost(offset) ? text : encodeURIComponent(text);
  });
  if (wrong.size === 0) return filled;
  throw new AppError(
    'unprocessable',
    `Invalid config fields: ${[...wrong].map((name) => `${name}: needed for the source's address, as its name only, without https:// or a path`).join('; ')}`,
  );
}

/** The same declaration with its addresses filled in. @throws as `fillTemplate` */
export function withAddresses(oauth: OAuth2, config: JsonObject): OAuth2 {
  return {
    ...oauth,
    authorizeUrl: fillTemplate(oauth.authorizeUrl, config),
    tokenUrl: fillTemplate(oauth.tokenUrl, config),
  };
}

export interface AuthorizeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  /** S256; absent: without PKCE. */
  readonly challenge?: string;
}

/** Where the browser is sent to ask the person at the source (RFC 6749, section 4.1.1). */
export function toAuthorizeUrl(oauth: OAuth2, request: AuthorizeRequest): string {
  const url = new URL(oauth.authorizeUrl);
  const parameters = {
    ...oauth.authorizeParameters,
    response_type: 'code',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    state: request.state,
    ...(oauth.scopes.length === 0 ? {} : { scope: oauth.scopes.join(oauth.scopeSeparator ?? ' ') }),
    ...(request.challenge === undefined ? {} : { code_challenge: request.challenge, code_challenge_method: 'S256' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
