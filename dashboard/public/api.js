import { readSetting, writeSetting } from './storage.js';

/** The API's root, without a slash at the end: dashboard and API share one port. */
export const apiAddress = location.origin;

/** A refusal or a server that is away. `status` is 0 when there was no answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

let apiKey = readSetting('api-key', 'sessionStorage');

/** Null forgets it. It lives in this tab only and never enters an address. */
export function useApiKey(key) {
  apiKey = key;
  writeSetting('api-key', key, 'sessionStorage');
}

export function hasApiKey() {
  return apiKey !== null;
}

/**
 * Asks the API.
 *
 * @param {string} path begins with a slash
 * @param {{ body?: unknown, signal?: AbortSignal, alsoAccept?: number[] }} options a body makes it a POST
 * @returns {Promise<unknown>} the parsed answer
 * @throws {ApiError}
 */
export async function ask(path, { body, signal, alsoAccept = [] } = {}) {
  const response = await fetch(apiAddress + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(apiKey === null ? {} : { 'x-api-key': apiKey }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? AbortSignal.timeout(60_000),
  }).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'Weft does not answer.');
  });
  const answer = await response.json().catch(() => null); // not JSON: judged by its status below
  if (response.ok || alsoAccept.includes(response.status)) return answer;
  throw new ApiError(
    response.status,
    toReason(answer) ?? `Weft answered with status ${response.status} and no reason.`,
  );
}

function toReason(answer) {
  if (typeof answer?.detail === 'string') return answer.detail;
  if (!Array.isArray(answer?.errors)) return undefined;
  return answer.errors
    .flatMap((entry) => Object.entries(entry))
    .map(([place, text]) => `${place.replace(/^(?:body|query)\./, '')}: ${text}`)
    .join('; ');
}
