import type { SignInDependencies } from '../../../core/sign-in/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { finishSignInEndpoint } from './finish-sign-in.ts';
import { followSignInLinkEndpoint } from './follow-sign-in-link.ts';
import { repeatSignInEndpoint } from './repeat-sign-in.ts';
import { verifySignInEndpoint } from './verify-sign-in.ts';

/** How people sign in at sources in the browser. */
export function signInEndpoints(dependencies: SignInDependencies): readonly Endpoint[] {
  return [
    followSignInLinkEndpoint(dependencies),
    finishSignInEndpoint(dependencies),
    repeatSignInEndpoint(dependencies),
    verifySignInEndpoint(dependencies),
  ];
}
