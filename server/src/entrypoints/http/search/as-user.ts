import { maxLabelLength } from '../../../core/search/index.ts';
import { plainText } from '../../../core/shared/index.ts';

/** Whose eyes a search has, as a person writes it. */
export const UserPrincipal = plainText({ min: 1, max: maxLabelLength });

/** The same in the body of a search. */
export const AsUser = UserPrincipal.nullish().describe(
  'Search as this user sees the collection: an e-mail address, or a label such as `group:sales`. Needs a key with the scope `impersonate` or `admin`.',
);
