import { describe, expect, it } from 'vitest';
import { filesConfig, isSimplePattern } from './files-config.ts';

function problems(value: unknown): string[] {
  const parsed = filesConfig.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('the configuration of a folder', () => {
  it('fills in what was left out and normalises the path', () => {
    expect(filesConfig.parse({ path: '/srv/docs/../notes/' })).toEqual({
      path: '/srv/notes',
      include: [],
      exclude: [],
      watch: false,
    });
  });

  it.each([
    [{}, /^path: must be text/],
    [{ path: 7 }, /^path: must be text/],
    [{ path: '' }, /^path: must not be empty/],
    [{ path: 'docs' }, /^path: must be an absolute path/],
    [{ path: '/a\0b' }, /^path: must not contain a NUL/],
    [{ path: '/a', watch: 'yes' }, /^watch: must be true or false/],
    [{ path: '/a', include: '*.md' }, /^include: must be a list of globs/],
    [{ path: '/a', exclude: ['*.md', 3] }, /^exclude\.1: must be text/],
    [{ path: '/a', exclude: [''] }, /^exclude\.0: must not be empty/],
    [{ path: '/a', include: ['!x'] }, /^include\.0: must not begin with !/],
    [{ path: '/a', include: ['+(a|aa)'] }, /^include\.0: must not use extended patterns/],
    [{ path: '/a', include: ['*a*a*a*a'] }, /^include\.0: has too many wildcards/],
    [{ path: '/a', include: Array(101).fill('*.md') }, /^include: has too many entries/],
    [{ path: '/a', include: ['a'.repeat(201)] }, /^include\.0: is too long/],
    [{ path: '/a', folder: '/b' }, /folder/],
    ['/a', /object/],
    [null, /object/],
  ])('refuses %j and names the field', (value, expected) => {
    expect(problems(value).join('\n')).toMatch(expected);
  });

  it('counts wildcards by the part of the path they are in', () => {
    expect(isSimplePattern('**/*.test.*/x')).toBe(true);
    expect(isSimplePattern('**/**/**/**')).toBe(false);
    expect(isSimplePattern('{a,b}{c,d}{e,f}{g,h}')).toBe(false);
  });
});
