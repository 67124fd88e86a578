/** Ends of names, in lower case without separators: `clientSecret`, `x-api-key` and `DATABASE_PASSWORD` all match one. */
const secretNames = [
  'authorization',
  'apikey',
  'cookie',
  'credential',
  'password',
  'passwd',
  'passphrase',
  'token',
  'secret',
  'privatekey',
  'encryptionkey',
  'decryptedkey',
  'databaseurl',
];

/** Plurals that count language-model or search tokens rather than hold any. */
const counts = /^(max|min|total|num|prompt|completion|input|output|used|remaining)?tokens$/;

/** Whether a field of this name holds a secret. */
export function isSecretKey(key: string): boolean {
  const name = key.replace(/[^a-z0-9]/gi, '').toLowerCase();
  if (counts.test(name)) return false;
  return secretNames.some((secret) => name.endsWith(secret) || name.endsWith(`${secret}s`));
}
