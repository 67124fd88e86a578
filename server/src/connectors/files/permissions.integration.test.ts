import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.fixture.ts';

/** Permissions bind nobody who is root, so the reading is done by a process that is not: in a user namespace where we are. */
const prefix = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : [];
const canDropRights =
  process.platform !== 'win32' &&
  (prefix.length === 0 || spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true']).status === 0);

interface Outcome {
  readonly ids: readonly string[];
  readonly failures: readonly { readonly id: string; readonly reason: string }[];
  readonly opened: Readonly<Record<string, string>>;
  readonly asked: readonly string[];
  readonly error?: { readonly kind: string; readonly message: string };
}

/** Reads a folder in a process without rights of its own. */
function readAsOrdinaryUser(path: string, indexed: readonly string[] | 'unknown' = [], checkpoint?: unknown): Outcome {
  const script = `
    import { readFolder } from ${JSON.stringify(new URL('./read-folder.ts', import.meta.url).href)};
    import { filesConfig } from ${JSON.stringify(new URL('./files-config.ts', import.meta.url).href)};
    const { path, indexed, checkpoint } = ${JSON.stringify({ path, indexed, checkpoint })};
    const outcome = { ids: [], failures: [], opened: {}, asked: [] };
    const { signal } = new AbortController();
    const wasIndexed = async (prefix) => { outcome.asked.push(prefix); return indexed.some((id) => id.startsWith(prefix)); };
    try {
      const context = { config: filesConfig.parse({ path }), credentials: {}, policy: { forbiddenRoots: [] }, signal };
      for await (const page of readFolder({ ...context, checkpoint, ...(indexed !== 'unknown' && { wasIndexed }) })) {
        outcome.failures.push(...page.failures);
        for (const { id, file } of page.entities) {
          outcome.ids.push(id);
          try { outcome.opened[id] = String(await (await file.open(signal)).toArray()); }
          catch (error) { outcome.opened[id] = error.kind + ': ' + error.message; }
        }
      }
    } catch (error) { outcome.error = { kind: error.kind, message: error.message }; }
    process.stdout.write(JSON.stringify(outcome));`;
  const command = [...prefix, process.execPath, '--input-type=module', '-e', script];
  return JSON.parse(execFileSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' })) as Outcome;
}

describe.skipIf(!canDropRights)('what may not be read', () => {
  it('fails one file by name and reads the others', () => {
    const folder = temporaryFolder({ 'a.md': 'one', 'b.md': 'two' });
    chmodSync(join(folder, 'a.md'), 0o000);
    const { opened, error } = readAsOrdinaryUser(folder);
    expect(opened['a.md']).toMatch(/^entity: "a\.md" could not be read: permission denied \(EACCES\)/);
    expect(opened['b.md']).toBe('two');
    expect(error).toBeUndefined();
  });

  it.each([
    ['neither listed nor searched', 0o000],
    ['listed but not searched', 0o444],
  ])('reports a folder that may be %s as one failure, when nothing of it was ever read', (_, mode) => {
    const folder = temporaryFolder({ 'closed/a.md': '', 'closed/b.md': '', 'open.md': '' });
    chmodSync(join(folder, 'closed'), mode);
    const { ids, failures, asked, error } = readAsOrdinaryUser(folder);
    chmodSync(join(folder, 'closed'), 0o755);
    expect(ids).toEqual(['open.md']);
    expect(failures).toMatchObject([{ id: 'closed', reason: expect.stringContaining('permission denied') }]);
    expect(asked).toEqual(['closed/']);
    expect(error).toBeUndefined();
  });

  it('fails the run at its end when documents of the folder would be taken for deleted', () => {
    const folder = temporaryFolder({ 'closed/a.md': '', 'open.md': '' });
    chmodSync(join(folder, 'closed'), 0o000);
    for (const indexed of [['closed/a.md'], 'unknown'] as const) {
      const { ids, error } = readAsOrdinaryUser(folder, indexed);
      expect(ids).toEqual(['open.md']);
      expect(error).toMatchObject({ kind: 'source', message: expect.stringContaining('closed') });
    }
    chmodSync(join(folder, 'closed'), 0o755);
  });

  it('remembers such a folder when the run goes on after a crash', () => {
    const folder = temporaryFolder({ 'a.md': '', 'b.md': '' });
    const checkpoint = { after: 'a.md', lost: { count: 1, first: ['closed'] } };
    expect(readAsOrdinaryUser(folder, [], checkpoint).error?.message).toContain('closed');
  });

  it('fails the run when the root itself may not be read', () => {
    const folder = temporaryFolder({ 'a.md': '' });
    chmodSync(folder, 0o000);
    const { error } = readAsOrdinaryUser(folder);
    chmodSync(folder, 0o755);
    expect(error).toMatchObject({ kind: 'configuration', message: expect.stringContaining('permission') });
  });

  it('takes a folder whose ignore file cannot be read for unreadable, since nobody knows what it hides', () => {
    const folder = temporaryFolder({ 'sub/.gitignore': 'secret.md', 'sub/secret.md': '', 'open.md': '' });
    chmodSync(join(folder, 'sub/.gitignore'), 0o000);
    const { ids, failures } = readAsOrdinaryUser(folder);
    expect(ids).toEqual(['open.md']);
    expect(failures).toMatchObject([{ id: 'sub' }]);
  });
});
