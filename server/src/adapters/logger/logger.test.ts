import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/shared/index.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'info', format: 'json', destination, ...options });
  const last = () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  return { logger, lines, last };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with level, time and fields', () => {
    const { logger, lines, last } = capture();
    logger.child({ requestId: 'r1' }).info({ durationMs: 12 }, 'request finished');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(last()).toMatchObject({
      level: 'info',
      requestId: 'r1',
      durationMs: 12,
      msg: 'request finished',
      pid: process.pid,
    });
    expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('says nothing below its level', () => {
    const { logger, lines } = capture({ level: 'warn' });
    logger.debug({}, 'a');
    logger.info({}, 'b');
    expect(lines).toEqual([]);
    logger.warn({}, 'c');
    expect(lines).toHaveLength(1);
    const silent = capture({ level: 'silent' });
    silent.logger.error({}, 'd');
    expect(silent.lines).toEqual([]);
  });

  it('takes secrets out at any depth, and out of bound fields', () => {
    const { logger, lines, last } = capture();
    const secret = 'hunter2-hunter2';
    logger
      .child({ headers: { Authorization: `Bearer ${secret}`, 'X-API-Key': secret, cookie: `session=${secret}` } })
      .warn(
        {
          connection: { credentials: { user: 'anna', nested: [{ key: secret }] }, name: 'Notes' },
          list: [{ deep: { accessToken: secret, client_secret: secret, API_KEYS: [secret] } }],
          fetched: new Headers({ 'set-cookie': secret, accept: 'text/html' }),
          map: new Map([['password', secret]]),
          url: new URL(`postgres://weft:${secret}@db:5432/weft`),
          hasPassword: true,
          totalTokens: 5,
        },
        'request refused',
      );
    expect(lines.join('')).not.toContain('hunter2');
    expect(last()).toMatchObject({
      headers: { Authorization: '[redacted]', 'X-API-Key': '[redacted]', cookie: '[redacted]' },
      connection: { credentials: '[redacted]', name: 'Notes' },
      fetched: { accept: 'text/html' },
      hasPassword: true,
      totalTokens: 5,
    });
  });

  it('takes passwords in addresses and bearer keys out of error messages and stacks', () => {
    const { logger, lines } = capture();
    const err = new Error('connect to postgres://weft:hunter2@db failed', {
      cause: new Error('header was Authorization: Bearer hunter2-hunter2'),
    });
    logger.error({ err }, 'database unreachable');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('postgres://weft:[redacted]@db');
  });

  it('keeps type, code, details, stack and causes of an error', () => {
    const { logger, last } = capture();
    const err = new AppError('conflict', 'taken', { details: { name: 'a' }, cause: new TypeError('inner') });
    logger.error({ err }, 'failed');
    expect(last().err).toMatchObject({
      type: 'AppError',
      code: 'conflict',
      message: 'taken',
      details: { name: 'a' },
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'TypeError', message: 'inner', stack: expect.stringContaining('logger.test.ts') },
    });
    logger.error(err, 'failed');
    expect(last().err).toMatchObject({ code: 'conflict' });
  });

  it('survives circles, depth, bulk, bytes and values that JSON does not know', () => {
    const { logger, lines, last } = capture();
    const circle: Record<string, unknown> = { big: 10n, bytes: new Uint8Array(7), at: new Date(NaN), run: () => 1 };
    circle.self = circle;
    let deep: object = {};
    for (let i = 0; i < 1000; i++) deep = { deep };
    logger.info({ circle, deep, many: Array.from({ length: 5000 }, (_, i) => i), text: 'x'.repeat(1_000_000) }, 'odd');
    expect(last().circle).toEqual({ big: '10', bytes: '[7 bytes]', at: 'Invalid Date', self: '[circular]' });
    expect(lines[0]?.length).toBeLessThan(20_000);
  });

  it('does not let a field take the place of the message or the level', () => {
    const { logger, last } = capture();
    logger.info({ msg: 'forged', level: 'error' }, 'real');
    expect(last()).toMatchObject({ msg: 'real', level: 'info', msg_: 'forged', level_: 'error' });
  });

  it('writes for a person on a terminal, one line each, with the stack below', () => {
    const { logger, lines } = capture({ format: 'pretty' });
    logger.info({ port: 8001, name: 'two words', who: 'anna' }, 'server started');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d INFO {2}server started port=8001 name="two words" who=anna\n$/);
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(lines[1]).toMatch(/ERROR failed\n {4}Error: outer\n(.*\n)* {4}caused by Error: inner\n/);
  });

  it('lets nothing that others wrote end a line or steer the terminal', () => {
    const { logger, lines } = capture({ format: 'pretty' });
    logger.warn({ name: 'a\n00:00:00 ERROR forged', 'k\x1b[2J': '\x1b[31m\x9b31m\u202e' }, 'odd name');
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    for (const char of ['\x1b', '\x9b', '\u202e']) expect(lines[0]).not.toContain(char);
  });
});
