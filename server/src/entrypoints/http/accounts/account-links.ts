import { z } from 'zod';

/** Pages that are reached by a link. */
type LinkedPage = 'first-owner' | 'invitation' | 'reset-password';

/** The address of a page whose form uses the token, once. */
export function pageUrl(apiUrl: string, page: LinkedPage, token: string): string {
  return `${apiUrl}/auth/pages/${page}?token=${token}`;
}

/** A link that is shown this once. */
export const LinkAnswer = z.object({
  url: z.string(),
  expires_at: z.iso.datetime().nullable().describe('Null: valid until it is used.'),
});
