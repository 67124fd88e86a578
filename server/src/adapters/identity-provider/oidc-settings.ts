/** The identity provider of this server. */
export interface OidcSettings {
  /** As it names itself in tokens. */
  readonly issuer: string;
  /** Tokens must be made for one of these; the first is also the client that people sign in with. */
  readonly audience: readonly [string, ...string[]];
  /** Of the client that people sign in with; absent: a public client. */
  readonly clientSecret?: string;
}
