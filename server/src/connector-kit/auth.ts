/** Where and how a source's users sign in with OAuth 2. `{name}` in an address is a configuration field, filled in after it was checked. */
export interface OAuth2 {
  readonly kind: 'oauth2';
  /** https; may hold `{name}`. */
  readonly authorizeUrl: string;
  /** https; may hold `{name}`. */
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  /** Between scopes; default a space. */
  readonly scopeSeparator?: string;
  /**
   * What the source gives: a token that lasts (`access_only`), or one that is renewed with a refresh token which stays
   * (`with_refresh`) or is replaced at each use (`with_rotating_refresh`).
   */
  readonly tokens: 'access_only' | 'with_refresh' | 'with_rotating_refresh';
  /** How our client proves itself at the token address; default `body`. */
  readonly clientAuthentication?: 'body' | 'basic';
  /** Default `form`. */
  readonly tokenRequestFormat?: 'form' | 'json';
  /** Default true: PKCE with S256. False only for vendors that refuse it. */
  readonly usesPkce?: boolean;
  /** Further parameters of the authorisation address, e.g. `access_type: 'offline'`. */
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  /** Whether the scopes are named again when a token is renewed; default false. */
  readonly refreshSendsScopes?: boolean;
  /** Where in the token answer the token is, as `authed_user.access_token`; default `access_token`. */
  readonly tokenPath?: string;
  /** Further fields of the token answer that the connector needs, such as the address of the account; text only. */
  readonly keptFields?: readonly string[];
  /** What a token lives for when the answer does not say, in seconds. Absent: it does not expire. */
  readonly defaultLifetimeSeconds?: number;
}

/** The same with OAuth 1.0a, HMAC-SHA1. */
export interface OAuth1 {
  readonly kind: 'oauth1';
  readonly requestTokenUrl: string;
  readonly authorizeUrl: string;
  readonly accessTokenUrl: string;
  readonly authorizeParameters?: Readonly<Record<string, string>>;
}

/** A source's sign-in in the browser. Credentials given directly are the connector's `credentials` schema instead. */
export type OAuth = OAuth2 | OAuth1;

/**
 * What an OAuth sign-in leaves: what the connector's `credentials` schema must accept, with the `keptFields` beside it.
 * The token in it may be renewed meanwhile: connectors send `tokens.current()`.
 */
export interface OAuthCredentials {
  readonly access_token: string;
  /** OAuth 1 only. */
  readonly access_token_secret?: string;
  readonly consumer_key?: string;
  readonly consumer_secret?: string;
}

/**
 * The token a connector sends, always a valid one: it is renewed before it ends, once across all processes. After a 401,
 * `renew` gives a new one, or throws SourceError('credentials') when the source no longer gives any.
 */
export interface AccessTokens {
  current(): Promise<string>;
  /** @param refused the token that the source did not take; when it was replaced meanwhile, the new one is given at once */
  renew(refused: string): Promise<string>;
}
