import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/**
 * Asks with GET and gives the answer as it begins. Unlike `fetch` it has no limit of its own on how long a server may take
 * before the first byte. A body that is cut off ends with an error.
 */
export function openAnswer(target: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(target, { headers }).once('response', resolve).once('error', reject).end();
  });
}
