import { z } from 'zod';
import type { CredentialVault } from '../connections/index.ts';
import type { Scope } from '../shared/index.ts';
import type { SignIn } from './sign-in.ts';

/** What a sign-in under way needs and nobody else may read. */
const SignInSecrets = z.object({
  /** Where the link leads. */
  authorizeUrl: z.string(),
  /** PKCE. */
  verifier: z.string().optional(),
  /** A client of the user's own; absent: the operator's. */
  client: z.object({ id: z.string(), secret: z.string() }).optional(),
  /** OAuth 1. */
  requestToken: z.object({ token: z.string(), secret: z.string() }).optional(),
});
export type SignInSecrets = z.output<typeof SignInSecrets>;

export function sealSecrets(
  vault: CredentialVault,
  scope: Scope,
  signInId: string,
  secrets: SignInSecrets,
): Uint8Array {
  return vault.seal(scope, signInId, JSON.parse(JSON.stringify(secrets)));
}

/** @returns undefined when they were thrown away */
export function openSecrets(
  vault: CredentialVault,
  { scope, id, sealedSecrets }: Pick<SignIn, 'scope' | 'id' | 'sealedSecrets'>,
): SignInSecrets | undefined {
  return sealedSecrets === null ? undefined : SignInSecrets.parse(vault.open(scope, id, sealedSecrets));
}
