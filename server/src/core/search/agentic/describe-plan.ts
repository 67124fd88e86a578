import type { SearchPlan } from '../plan/index.ts';

/** A plan in plain words, for people who watch. */
export function describePlan(plan: SearchPlan): string {
  const how = { hybrid: 'by words and by meaning', keyword: 'word for word', semantic: 'by meaning' }[plan.strategy];
  return [
    `Searching for "${plan.query.slice(0, 300)}" ${how}.`,
    ...plan.filters.map(({ kind, text }) => `"${text}" is read as a ${kind}, and narrows it.`),
    ...(plan.phrases.length === 0
      ? []
      : [`What has ${plan.phrases.map((phrase) => `"${phrase}"`).join(', ')} comes first.`]),
    ...plan.exclusions.map(({ words, effect }) => `"${words}" is ${effect === 'remove' ? 'left out' : 'put last'}.`),
    ...(plan.order === 'newest' ? ['The newest come first.'] : []),
  ].join(' ');
}
