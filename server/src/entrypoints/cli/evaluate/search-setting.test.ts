import { describe, expect, test } from 'vitest';
import { parseSearchSetting } from './search-setting.ts';

describe('parseSearchSetting', () => {
  test('reads one or several settings', () => {
    expect(parseSearchSetting('tier=classic')).toEqual({ name: 'tier=classic', tier: 'classic', groupBy: 'document' });
    expect(parseSearchSetting('strategy=keyword, group_by=chunk')).toMatchObject({
      tier: 'instant',
      strategy: 'keyword',
      groupBy: 'chunk',
    });
  });

  test.each([
    ['limit=5', /there are: tier, strategy, group_by/],
    ['strategy=best', /one of: hybrid/],
    ['strategy', /one of: hybrid/],
    ['', /Give settings such as/],
    ['constructor=x', /Give settings such as/],
    ['tier=classic,strategy=keyword', /chooses its strategy itself/],
  ])('refuses %j', (text, why) => {
    expect(() => parseSearchSetting(text)).toThrow(why);
  });
});
