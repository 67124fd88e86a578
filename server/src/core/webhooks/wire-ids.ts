/** The prefixes that tell ids of webhooks apart, for people and in headers. */
export type WireIdKind = 'ep' | 'msg' | 'atmpt' | 'rcvr';

/** `msg_` and 32 hexadecimal digits. */
export function toWireId(kind: WireIdKind, id: string): string {
  return `${kind}_${id.replaceAll('-', '')}`;
}

/** The id behind a wire id, with or without its prefix; undefined when it can be none. */
export function fromWireId(kind: WireIdKind, text: string): string | undefined {
  const bare = text.startsWith(`${kind}_`) ? text.slice(kind.length + 1) : text;
  const digits = bare.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
