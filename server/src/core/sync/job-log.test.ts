import { expect, test } from 'vitest';
import { JobLog, maxLogLines } from './job-log.ts';

test('a line is one line, whatever a source put into it, and not longer than the limit', () => {
  const log = new JobLog();
  log.warn('first\r\nsecond\u2028third\0 \ud800', 'id\nwith a break');
  log.info('x'.repeat(5_000));
  const [odd, long] = log.take();
  expect(odd).toMatchObject({ message: 'first second third  \ufffd', entity: 'id with a break', level: 'warn' });
  expect(long?.message).toHaveLength(1_000);
});

test('credentials are left out wherever they come up; what is too short to be one is not', () => {
  const log = new JobLog();
  log.hide({ token: 'abcdef123', nested: [{ password: 'hunter2!' }], user: 'anna', count: 3 });
  log.error('anna sent abcdef123 and hunter2!', 'abcdef123');
  expect(log.take()).toMatchObject([{ message: 'anna sent [redacted] and [redacted]', entity: '[redacted]' }]);
});

test('what could not be written comes again before what is newer, and never piles up', () => {
  const log = new JobLog();
  log.info('one');
  const lines = log.take();
  log.info('two');
  log.putBack(lines);
  expect(log.take().map(({ message }) => message)).toEqual(['one', 'two']);
  for (let count = 0; count < maxLogLines + 5; count += 1) log.info(String(count));
  const kept = log.take();
  expect([kept.length, kept[0]?.message]).toEqual([maxLogLines, '5']);
});
