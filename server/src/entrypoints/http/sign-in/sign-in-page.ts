import { type AppError, isAppError } from '../../../core/shared/index.ts';
import { toErrorAnswer } from '../error-response.ts';
import { toMessagePage } from '../pages/message-page.ts';

const titles: { readonly [Code in AppError['code']]?: string } = {
  gone: 'That took too long',
  not_found: 'This sign-in is not known',
  rate_limited: 'The source is busy',
  upstream_failed: 'The source did not answer as it should',
};

/**
 * Answers a browser with a page, and programs with JSON as everywhere. The title says what kind of thing happened; the message
 * is the error's own.
 *
 * @throws the error, when it is not for a page
 */
export function toSignInPage(request: Request, error: unknown): Response {
  const isForBrowser = request.headers.get('accept')?.includes('text/html') === true;
  if (!isForBrowser || !isAppError(error) || error.code === 'internal') throw error;
  const { status, headers } = toErrorAnswer(error);
  const returnTo = error.details?.returnTo;
  const response = toMessagePage(
    {
      title: titles[error.code] ?? 'Nothing was connected',
      message: error.message,
      advice:
        'Nothing was kept of this attempt. Go back to where you began and sign in again; this window may be closed.',
      ...(typeof returnTo === 'string' ? { link: { label: 'Go back', href: returnTo } } : {}),
    },
    status,
  );
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
