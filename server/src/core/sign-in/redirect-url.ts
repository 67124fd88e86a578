import { AppError } from '../shared/index.ts';

const maxLength = 2_048;
/** A private scheme of an app, which is a reversed domain name (RFC 8252, section 7.1) and so never `javascript` or `data`. */
const appScheme = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/**
 * Where a browser may be sent after a sign-in: http, https, or an app of its own such as `com.example.app:/connected`.
 *
 * @returns the address as it was given
 * @throws AppError('unprocessable') that names the field
 */
export function parseRedirectUrl(text: string): string {
  const refuse = (why: string) =>
    new AppError('unprocessable', `redirect_url ${why}`, { details: { field: 'redirect_url' } });
  if (text.length > maxLength) throw refuse(`must not be longer than ${maxLength} characters`);
  // Not what a header can carry.
  if (/[\p{Cc}\s]/u.test(text) || !text.isWellFormed()) throw refuse('must not contain spaces or control characters');
  const url = URL.parse(text);
  if (url === null) throw refuse('must be an absolute address such as https://app.example.com/connected');
  if (url.username !== '' || url.password !== '') throw refuse('must not contain a user or password');
  if (!/^https?:$/.test(url.protocol) && !appScheme.test(url.protocol)) {
    throw refuse('must begin with https:// or http://, or with the scheme of an app such as com.example.app:');
  }
  return text;
}

/** Sets `status=success` and the connection's id; what else the address holds stays as it is, to the letter. */
export function toSuccessUrl(redirectUrl: string, connectionId: string): string {
  const hashAt = redirectUrl.indexOf('#');
  const fragment = hashAt === -1 ? '' : redirectUrl.slice(hashAt);
  const withoutFragment = hashAt === -1 ? redirectUrl : redirectUrl.slice(0, hashAt);
  const queryAt = withoutFragment.indexOf('?');
  const address = queryAt === -1 ? withoutFragment : withoutFragment.slice(0, queryAt);
  const query = queryAt === -1 ? '' : withoutFragment.slice(queryAt + 1);
  const kept = query.split('&').filter((pair) => pair !== '' && !isOurs(pair));
  return `${address}?${[...kept, 'status=success', `source_connection_id=${connectionId}`].join('&')}${fragment}`;
}

function isOurs(pair: string): boolean {
  const [name] = [...new URLSearchParams(pair).keys()];
  return name === 'status' || name === 'source_connection_id';
}
