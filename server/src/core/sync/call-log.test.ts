import { describe, expect, it } from 'vitest';
import type { SourceCall } from '../outbound/index.ts';
import { CallLog } from './call-log.ts';
import { RunProgress } from './run-progress.ts';

const call = (more: Partial<SourceCall> = {}): SourceCall => ({
  ...{ method: 'GET', route: '/tickets/{id}', status: 200, ms: 12, tries: 0 },
  ...more,
});
const linesOf = (progress: RunProgress) => progress.log.take().map(({ level, message }) => `${level}: ${message}`);

describe('CallLog', () => {
  it('counts requests and repetitions, and notes only those that went wrong', () => {
    const progress = new RunProgress();
    const calls = new CallLog(progress);
    calls.note(call());
    calls.note(call({ status: 503 }));
    calls.note(call({ tries: 1 }));
    calls.note(call({ status: null, tries: 2, route: '/users' }));
    expect([progress.apiCalls, progress.retries]).toEqual([4, 2]);
    expect(linesOf(progress)).toEqual([
      'warn: GET /tickets/{id}: status 503 after 12 ms.',
      'warn: GET /users: no answer after 12 ms (asked 3 times).',
    ]);
  });

  it('says at the end what was asked how often, in bounded memory', () => {
    const progress = new RunProgress();
    const calls = new CallLog(progress);
    for (let number = 0; number < 200; number += 1) calls.note(call({ route: `/kind/${number}` }));
    calls.summarise();
    const [line = ''] = linesOf(progress);
    expect(line).toMatch(/^info: Asked the source: 150 × others, 1 × GET \/kind\/0, /);
  });

  it('says nothing of a source that was not asked', () => {
    const progress = new RunProgress();
    new CallLog(progress).summarise();
    expect(linesOf(progress)).toEqual([]);
  });
});
