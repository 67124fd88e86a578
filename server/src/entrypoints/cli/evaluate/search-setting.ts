import { InvalidArgumentError } from 'commander';

/** One way to search: what is not said is as the API has it. */
export interface SearchSetting {
  /** As it was written, for the report: `tier=classic`; `default` when nothing was. */
  readonly name: string;
  readonly tier: 'instant' | 'classic';
  readonly strategy?: string;
  readonly groupBy: 'document' | 'chunk';
}

export const defaultSetting: SearchSetting = { name: 'default', tier: 'instant', groupBy: 'document' };

const values: Readonly<Record<string, readonly string[]>> = {
  tier: ['instant', 'classic'],
  strategy: ['hybrid', 'semantic', 'keyword'],
  group_by: ['document', 'chunk'],
};

/** For commander: `tier=classic`, or several as in `strategy=keyword,group_by=chunk`. */
export function parseSearchSetting(text: string): SearchSetting {
  const given = new Map<string, string>();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [key = '', value = ''] = part.split('=', 2);
    const allowed = Object.hasOwn(values, key) ? values[key] : undefined;
    if (allowed === undefined) {
      throw new InvalidArgumentError(
        `Give settings such as strategy=keyword; there are: ${Object.keys(values).join(', ')}.`,
      );
    }
    if (!allowed.includes(value)) throw new InvalidArgumentError(`${key} is one of: ${allowed.join(', ')}.`);
    given.set(key, value);
  }
  const tier = given.get('tier') === 'classic' ? 'classic' : 'instant';
  const strategy = given.get('strategy');
  if (tier === 'classic' && strategy !== undefined) {
    throw new InvalidArgumentError(
      'The classic tier chooses its strategy itself: leave strategy out, or tier=classic.',
    );
  }
  return {
    name: text,
    tier,
    ...(strategy === undefined ? {} : { strategy }),
    groupBy: given.get('group_by') === 'chunk' ? 'chunk' : 'document',
  };
}
