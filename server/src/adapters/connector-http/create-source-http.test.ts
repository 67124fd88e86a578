import { describe, expect, it } from 'vitest';
import type { SourceRequest } from '../../connector-kit/index.ts';
import {
  OutboundFailure,
  type OutboundHttp,
  type OutboundResponse,
  type SourceCall,
} from '../../core/outbound/index.ts';
import { newId, OrganizationId, Scope, SourceConnectionId } from '../../core/shared/index.ts';
import { createSourceHttpFactory } from './create-source-http.ts';
import { Pacer } from './pacer.ts';

const request: SourceRequest = {
  ...{ method: 'GET', url: 'https://api.example/tickets/7?key=secret', route: '/tickets/{id}', headers: {} },
  ...{ isRepeatable: true, signal: new AbortController().signal },
};

/** Gives one answer, or failure, after the other; the last again and again. */
function answering(...answers: readonly (Partial<OutboundResponse> | OutboundFailure)[]) {
  const calls: SourceCall[] = [];
  let count = 0;
  const outbound: OutboundHttp = {
    async send() {
      const answer = answers[Math.min(count, answers.length - 1)];
      count += 1;
      if (answer instanceof OutboundFailure) throw answer;
      return { status: 200, headers: {}, url: '', body: new Uint8Array(), ...answer };
    },
    stream: () => Promise.reject(new Error('not here')),
  };
  const http = createSourceHttpFactory({ outbound, firstWaitMs: 1 }).open({
    source: 'x',
    onCall: (call) => calls.push(call),
  });
  return { http, calls };
}
const lost = new OutboundFailure('unreachable', 'api.example could not be reached.');

describe('createSourceHttpFactory', () => {
  it('sends again what got lost, and counts each try without telling the address', async () => {
    const { http, calls } = answering(lost, { status: 503 }, { status: 200 });
    expect((await http.send(request)).status).toBe(200);
    expect(calls.map(({ status, tries }) => [status, tries])).toEqual([
      [null, 0],
      [503, 1],
      [200, 2],
    ]);
    expect(JSON.stringify(calls)).not.toContain('secret');
    expect(calls[0]?.route).toBe('/tickets/{id}');
  });

  it('gives up after some tries, with the kind that the run waits for', async () => {
    await expect(answering(lost).http.send(request)).rejects.toMatchObject({ kind: 'source', cause: lost });
    await expect(answering({ status: 502 }).http.send(request)).rejects.toMatchObject({ kind: 'source', status: 502 });
    await expect(answering({ status: 429 }).http.send(request)).rejects.toMatchObject({ kind: 'rate_limited' });
  });

  it('does not send again what might do something twice, but what was refused for its number', async () => {
    const once = { ...request, isRepeatable: false };
    const { http, calls } = answering({ status: 500 });
    await expect(http.send(once)).rejects.toMatchObject({ kind: 'source' });
    expect(calls).toHaveLength(1);
    expect((await answering({ status: 429 }, { status: 200 }).http.send(once)).status).toBe(200);
  });

  it('leaves long pauses to the run', async () => {
    const { http, calls } = answering({ status: 429, headers: { 'retry-after': '300' } });
    await expect(http.send(request)).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 300_000 });
    expect(calls).toHaveLength(1);
  });

  it('says that a refused address is the configuration’s fault', async () => {
    const refused = new OutboundFailure('refused', 'nas.local is not on the public internet.');
    await expect(answering(refused).http.send(request)).rejects.toMatchObject({
      kind: 'configuration',
      message: refused.message,
    });
  });

  it('keeps to the organisation’s own limit', async () => {
    const outbound: OutboundHttp = {
      send: async () => ({ status: 200, headers: {}, url: '', body: new Uint8Array() }),
      stream: () => Promise.reject(new Error('not here')),
    };
    const waits = [100, 0, 60_000];
    const factory = createSourceHttpFactory({ outbound, limiter: { take: async () => waits.shift() ?? 0 } });
    const http = factory.open({
      source: 'x',
      scope: new Scope(newId(OrganizationId)),
      connection: newId(SourceConnectionId),
    });
    expect((await http.send(request)).status).toBe(200);
    await expect(http.send(request)).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 60_000 });
  });
});

describe('Pacer', () => {
  it('lets those who share an allowance take turns', async () => {
    const pacer = new Pacer({ requests: 200, perSeconds: 1, sharedBy: 'all' });
    const order: string[] = [];
    const { signal } = new AbortController();
    const pass = async (who: string) => {
      await pacer.pass(who, signal);
      order.push(who);
    };
    const many = Array.from({ length: 80 }, () => pass('many'));
    await Promise.all([...many, pass('few'), pass('few')]);
    // Whoever comes last with little waits for a few of the others, not for all of them.
    expect(order.lastIndexOf('few')).toBeLessThan(70);
    expect(order).toHaveLength(82);
  });

  it('forgets who gave up', async () => {
    const pacer = new Pacer({ requests: 1, perSeconds: 60 });
    await pacer.pass('a', new AbortController().signal);
    const stop = new AbortController();
    const waiting = pacer.pass('a', stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
