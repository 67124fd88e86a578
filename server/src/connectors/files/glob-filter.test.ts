import { describe, expect, it } from 'vitest';
import { createGlobFilter } from './glob-filter.ts';

describe('include and exclude globs', () => {
  it('takes everything when there are none', () => {
    expect(createGlobFilter([], []).takesFile('a/b.txt')).toBe(true);
  });

  it('compares a glob without a slash with the name at any depth', () => {
    const filter = createGlobFilter(['*.md'], ['draft*']);
    expect(filter.takesFile('notes.md')).toBe(true);
    expect(filter.takesFile('deep/er/notes.md')).toBe(true);
    expect(filter.takesFile('deep/er/notes.txt')).toBe(false);
    expect(filter.takesFile('deep/draft-1.md')).toBe(false);
    expect(filter.entersFolder('deep/drafts')).toBe(false);
  });

  it.each(['drafts/', 'drafts/**', '/drafts/**', './drafts/**'])('leaves out a whole folder by %s', (glob) => {
    const filter = createGlobFilter([], [glob]);
    expect(filter.takesFile('drafts/a/b.md')).toBe(false);
    expect(filter.takesFile('kept/drafts.md')).toBe(true);
    expect(filter.takesFile('kept/drafts/a.md')).toBe(true);
  });

  it('does not enter a folder that is left out', () => {
    expect(createGlobFilter([], ['drafts/**']).entersFolder('drafts')).toBe(false);
    expect(createGlobFilter([], ['drafts/*.md']).entersFolder('drafts')).toBe(true);
    expect(createGlobFilter(['docs/**'], []).entersFolder('other')).toBe(true);
  });

  it('knows braces, character classes and names in any script', () => {
    const filter = createGlobFilter(['**/*.{md,txt}', 'отчёт-[0-9].csv'], []);
    expect(filter.takesFile('a/b.txt')).toBe(true);
    expect(filter.takesFile('a/отчёт-3.csv')).toBe(true);
    expect(filter.takesFile('a/отчёт-x.csv')).toBe(false);
  });
});
