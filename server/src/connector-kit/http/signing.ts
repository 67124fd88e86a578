type Headers = Readonly<Record<string, string>>;

/** `Authorization: Bearer`, RFC 6750. */
export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

/** HTTP Basic with the token as user name and no password. */
export function basicUser(token: string): Headers {
  return { authorization: `Basic ${btoa(`${token}:`)}` };
}
