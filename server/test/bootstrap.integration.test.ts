import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BootstrapProject, createBootstrapProject, findOlderNode } from './bootstrap-project.ts';

const program = 'server/src/main.ts';
const showStart = `
const args: readonly string[] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ args, version: process.version, cwd: process.cwd() }) + '\\n');
`;
const stamp = ['node_modules', '.weft', 'installed.json'] as const;

let project: BootstrapProject;
beforeEach(() => {
  project = createBootstrapProject();
  project.write(program, showStart);
});
afterEach(() => project.remove());

const olderNode = findOlderNode();
const nodes = [
  { name: 'Node 24', node: process.execPath },
  ...(olderNode === undefined ? [] : [{ name: 'an older Node', node: olderNode }]),
];

describe.each(nodes)('the bootstrap under $name', ({ node }) => {
  beforeEach(() => project.seedNode());

  it('installs once, then only starts, and leaves the lock file and standard output alone', async () => {
    const lock = readFileSync(project.path('package-lock.json'), 'utf8');
    const first = await project.start(['serve', '--port', '1'], { node }).ended;
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('Installing 0 packages: done') });
    const said = JSON.parse(first.stdout);
    expect(said.args).toEqual(['serve', '--port', '1']);
    expect(said.version).toMatch(/^v(2[4-9]|[3-9]\d)/);

    expect(await project.start(['serve'], { node }).ended).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(project.path('package-lock.json'), 'utf8')).toBe(lock);
  });

  it('passes signals on as often as they come, waits, and ends with the status of the program', async () => {
    project.write(
      program,
      `let count = 0;
      process.on('SIGTERM', () => { process.stdout.write('term\\n'); if (++count === 2) process.exit(7); });
      process.on('SIGINT', () => process.stdout.write('int\\n'));
      setInterval(() => {}, 1000);
      process.stdout.write('up\\n');`,
    );
    const running = project.start(['serve'], { node });
    await running.printed('up');
    running.child.kill('SIGINT');
    await running.printed('int');
    running.child.kill('SIGTERM');
    await running.printed('term');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 7, signal: null, stdout: 'up\nint\nterm\nterm\n' });
  });

  it.skipIf(process.platform === 'win32')('ends the program when npm ends the shell that it started', async () => {
    project.write(
      program,
      `process.on('SIGTERM', () => { process.stdout.write('term\\n'); process.exit(0); });
      setInterval(() => {}, 1000);
      process.stdout.write('up\\n');`,
    );
    const script = `"${node}" bootstrap/main.mjs serve & wait`;
    const running = project.start(['-c', script], { command: 'sh', env: { npm_lifecycle_event: 'start' } });
    await running.printed('up');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ stdout: 'up\nterm\n' });
  });

  it('ends by the signal that killed the program', async () => {
    project.write(program, `process.kill(process.pid, 'SIGKILL');`);
    expect(await project.start(['serve'], { node }).ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('says that the registry cannot be reached, and why, without a long wait', async () => {
    project.require({ 'left-out': '1.0.0' });
    const began = Date.now();
    const end = await project.start(['serve'], { node, env: { npm_config_registry: await closedAddress() } }).ended;
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toContain('The package registry could not be reached');
    expect(end.stderr).toContain('ECONNREFUSED');
    expect(existsSync(project.path(...stamp))).toBe(false);
    expect(Date.now() - began).toBeLessThan(60_000);
  }, 90_000);
});

describe.runIf(olderNode !== undefined)('the bootstrap without a Node 24', () => {
  it('says that the registry cannot be reached when it cannot download one', async () => {
    const env = { npm_config_registry: await closedAddress() };
    const end = await project.start(['serve'], { ...(olderNode === undefined ? {} : { node: olderNode }), env }).ended;
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toContain('Installing Node 24');
    expect(end.stderr).toContain('The package registry could not be reached');
    expect(end.stderr).not.toContain('    at ');
  }, 90_000);
});

describe('the bootstrap', () => {
  it('installs again when the package files change, and keeps what only developers need', async () => {
    expect(await project.start(['serve']).ended).toMatchObject({ code: 0 });
    mkdirSync(project.path('node_modules', 'vitest'));
    project.write('server/package.json', '{}');
    const again = await project.start(['serve']).ended;
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('Installing') });
    expect(JSON.parse(readFileSync(project.path(...stamp), 'utf8'))).toMatchObject({ packages: 'full' });
    expect(await project.start(['serve']).ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('installs again when node_modules was deleted in part or a stamp cannot be read', async () => {
    expect(await project.start(['serve']).ended).toMatchObject({ code: 0 });
    writeFileSync(project.path(...stamp), '{"finger');
    expect(await project.start(['serve']).ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Installing'),
    });
  });

  it('lets one of two simultaneous starts install and the other wait for it', async () => {
    const ends = await Promise.all([project.start(['serve']).ended, project.start(['serve']).ended]);
    for (const end of ends) expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining('"serve"') });
    expect(ends.filter((end) => end.stderr.includes('Installing'))).toHaveLength(1);
  });

  it('can be interrupted while it installs, and a later start begins with whole packages', async () => {
    project.require({ slow: '1.0.0' });
    const silent = createServer(() => undefined);
    const env = { npm_config_registry: await address(silent) };
    try {
      const asked = new Promise((resolve) => silent.once('request', resolve));
      const first = project.start(['serve'], { env });
      await asked;
      const second = project.start(['serve'], { env });
      await second.printed('waiting for it');
      second.child.kill('SIGTERM');
      expect(await second.ended).toMatchObject({ signal: 'SIGTERM', stdout: '' });
      first.child.kill('SIGINT');
      const end = await first.ended;
      expect(end).toMatchObject({ code: null, signal: 'SIGINT', stdout: '' });
      expect(end.stderr).toContain('stopped before its end');
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
    expect(existsSync(project.path(...stamp))).toBe(false);
    // Half a package, as an interrupted npm may leave it.
    project.write('node_modules/half/package.json', '{"name":"half","version":"1.0.0"}');
    project.require({});
    expect(await project.start(['serve']).ended).toMatchObject({ code: 0 });
    expect(existsSync(project.path('node_modules', 'half'))).toBe(false);
  }, 60_000);

  it('asks the registry again when what npm has cached is older than the lock file', async () => {
    const versions: string[] = ['1.0.0'];
    const registry = createServer((request, response) => {
      if (request.url?.endsWith('.tgz'))
        response.end(packTinyPackage(project.path('tiny.tgz'), request.url.slice(-9, -4)));
      else response.setHeader('cache-control', 'max-age=3600').end(JSON.stringify(describeTiny(versions, url)));
    });
    const url = await address(registry);
    const env = { npm_config_registry: url };
    try {
      project.require({ tiny: '1.0.0' });
      expect(await project.start(['serve'], { env }).ended).toMatchObject({ code: 0 });
      versions.push('2.0.0');
      project.require({ tiny: '2.0.0' });
      expect(await project.start(['serve'], { env }).ended).toMatchObject({ code: 0 });
      expect(readFileSync(project.path('node_modules', 'tiny', 'package.json'), 'utf8')).toContain('2.0.0');
    } finally {
      registry.closeAllConnections();
      registry.close();
    }
  }, 60_000);

  it('installs right away after an installation that was killed', async () => {
    project.require({ slow: '1.0.0' });
    const silent = createServer(() => undefined);
    const env = { npm_config_registry: await address(silent) };
    const asked = new Promise((resolve) => silent.once('request', resolve));
    const first = project.start(['serve'], { env });
    await asked;
    first.child.kill('SIGKILL');
    await first.ended;
    silent.closeAllConnections();
    silent.close();
    project.require({});
    expect(await project.start(['serve']).ended).toMatchObject({ code: 0 });
  }, 60_000);

  it('explains a full disk, missing permission and a distrusted certificate', async () => {
    const expected = {
      'npm error code ENOSPC': 'not enough space on the disk',
      'npm error code EACCES': 'may not write',
      'npm error code SELF_SIGNED_CERT_IN_CHAIN': 'certificate',
      'npm error code EINTEGRITY': 'damaged',
      'npm error code E404': 'does not have a package',
      'npm error something else': 'The installation failed.',
    };
    project.write(
      program,
      `const { explainFailure } = await import('../../bootstrap/install-failure.mjs');
      process.stdout.write(explainFailure(process.argv[3] ?? '').message);`,
    );
    for (const [output, text] of Object.entries(expected)) {
      const { stdout } = await project.start(['serve', output]).ended;
      expect(stdout).toContain(text);
      expect(stdout).toContain(output);
    }
  }, 60_000);

  it('names its programs when asked for another', async () => {
    const end = await project.start(['constructor']).ended;
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('serve | weft | test') });
  });

  it('checks format, types, unused code and architecture in that order, and stops at the first that fails', async () => {
    expect(await project.start(['test']).ended).toMatchObject({ code: 1 });
    const say = (file: string, text: string) =>
      project.write(
        `node_modules/${file}`,
        `console.log('${text}', ...process.argv.slice(2)); if ('${text}' === 'knip') process.exit(3);`,
      );
    say('@biomejs/biome/bin/biome', 'biome');
    say('typescript/bin/tsc', 'tsc');
    say('knip/bin/knip.js', 'knip');
    say('vitest/vitest.mjs', 'vitest');
    const end = await project.start(['check']).ended;
    expect(end).toMatchObject({ code: 3, stdout: 'biome check .\ntsc -p .\nknip\n' });
    expect(end.stderr).toMatch(/Format and lint(.|\n)+Types(.|\n)+Unused files, exports and dependencies: failed\n$/);
    const test = await project.start(['test', 'name', '--bail=1']).ended;
    expect(test).toMatchObject({ code: 0, stdout: 'vitest run --root server name --bail=1\n' });
  });

  it('starts the command through ./weft, through links, in the folder of the caller', async () => {
    project.write('server/src/entrypoints/cli/main.ts', showStart);
    const elsewhere = project.path('else where');
    mkdirSync(elsewhere);
    symlinkSync('../weft', project.path('else where', 'weft-link'));
    const running = project.start(['search', 'two words', '*'], { command: './weft-link', cwd: elsewhere });
    const end = await running.ended;
    expect(end.code).toBe(0);
    expect(JSON.parse(end.stdout)).toMatchObject({ args: ['search', 'two words', '*'], cwd: elsewhere });
  });

  it('runs a program in the folder that npm was called in', async () => {
    project.write('server/scripts/eval.ts', showStart);
    mkdirSync(project.path('below'));
    const env = { INIT_CWD: project.path('below'), npm_lifecycle_event: 'eval' };
    const own = await project.start(['eval', 'x'], { env }).ended;
    expect(JSON.parse(own.stdout)).toMatchObject({ args: ['x'], cwd: project.path('below') });
    const inherited = await project.start(['eval', 'x'], { env: { ...env, npm_lifecycle_event: 'test' } }).ended;
    expect(JSON.parse(inherited.stdout)).toMatchObject({ cwd: project.folder });
  });

  it('keeps the memory of its programs small, unless the environment says otherwise', async () => {
    project.write('server/scripts/eval.ts', 'process.stdout.write(process.env.MALLOC_ARENA_MAX)');
    expect((await project.start(['eval']).ended).stdout).toBe('2');
    expect((await project.start(['eval'], { env: { MALLOC_ARENA_MAX: '7' } }).ended).stdout).toBe('7');
  });
});

/** What a registry says of a package that has nothing but a package.json. */
function describeTiny(versions: readonly string[], url: string): object {
  const entry = (version: string) => ({
    name: 'tiny',
    version,
    dist: { tarball: `${url}/tiny/-/tiny-${version}.tgz` },
  });
  return { name: 'tiny', versions: Object.fromEntries(versions.map((version) => [version, entry(version)])) };
}

function packTinyPackage(file: string, version: string): Buffer {
  project.write('packed/package/package.json', JSON.stringify({ name: 'tiny', version }));
  execFileSync('tar', ['-czf', file, '-C', project.path('packed'), 'package']);
  return readFileSync(file);
}

async function address(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Of a port on which nobody listens. */
async function closedAddress(): Promise<string> {
  const server = createServer();
  const url = await address(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
