import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toTerminalJson, toTerminalText } from './terminal-text.ts';

it('removes escape sequences, control characters and marks that reorder text', () => {
  expect(toTerminalText('a\u001b[31mred\u001b[0m\u001b]0;title\u0007 b\u009b2J\u0008\u202ec\u200b')).toBe('ared bc');
});

it('makes one line of many and keeps letters of every script', () => {
  expect(toTerminalText(' データ\r\n\tÉmile\u0000\u2028שלום 👩‍🚀 ')).toBe('データ Émile שלום 👩‍🚀');
});

it('never lets a control character through', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(toTerminalText(text)),
    ),
  );
});

it('writes JSON that is harmless in a terminal and still the same value', () => {
  const value = { name: '\u001b[2J\u009b2J\u202e\u2028 データ' };
  const json = toTerminalJson(value);
  expect(json).not.toMatch(/[\u007f-\u009f\u2028-\u202e]|\p{Cc}(?<!\n)/u);
  expect(JSON.parse(json)).toEqual(value);
});
