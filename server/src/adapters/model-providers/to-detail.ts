import type { ModelFailure } from './model-failure.ts';
import { type ProviderSettings, secretsOf } from './provider-settings.ts';

/** Longest part of a provider's own words that is shown, in characters. */
const maxDetail = 300;

/** What the provider said, shortened and without keys; null where it said nothing. */
export function toDetail({ said }: ModelFailure, settings: ProviderSettings): string | null {
  if (said === undefined) return null;
  let text = messageOf(said);
  for (const secret of secretsOf(settings)) text = text.replaceAll(secret, '[key]');
  text = text
    // Providers repeat a wrong key with its middle left out.
    .replaceAll(/\b(sk|gsk|key|pk|AKIA|AIza)[-_]?[\w*.-]{6,}/g, '[key]')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
  if (text === '') return null;
  return text.length > maxDetail ? `${text.slice(0, maxDetail)}…` : text;
}

/** Of the usual `{"error": {"message"}}`, `{"error"}` and `{"message"}`; else the body. */
function messageOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const inner = fieldOf(parsed, 'error') ?? parsed;
    if (typeof inner === 'string') return inner;
    const message = fieldOf(inner, 'message');
    return typeof message === 'string' ? message : body;
  } catch {
    return body; // not JSON: the page of a proxy, for one
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
