/** Takes out of running text, such as an error's message, what has the form of a secret: passwords in addresses, bearer keys. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,200}):[^\s/@]{1,500}@/gi, '$1:[redacted]@')
    .replace(/\b(bearer|basic) [a-z0-9+/._~=-]{8,}/gi, '$1 [redacted]');
}
