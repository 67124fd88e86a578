import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { describeConnectorConformance } from '../src/connector-kit/connector.conformance.ts';
import type { AnyConnector } from '../src/connector-kit/index.ts';
import { repository, snippetsOf } from './documents.ts';

/* The connector that CONTRIBUTING.md walks through, as it stands there. */

const text = await readFile(join(repository, 'CONTRIBUTING.md'), 'utf8');
const [source = '', test = ''] = snippetsOf({ path: 'CONTRIBUTING.md', text })
  .filter(({ language }) => language === 'ts')
  .map(({ code }) => code);

const folder = await mkdtemp(join(tmpdir(), 'weft-connector-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const file = join(folder, 'time-zones.ts');
// The folder is not in the repository, so what the example imports is named by its place.
const kit = join(repository, 'server/src/connector-kit/index.ts');
await writeFile(
  file,
  source
    .replace("'../connector-kit/index.ts'", JSON.stringify(kit))
    .replace("'zod'", JSON.stringify(import.meta.resolve('zod'))),
);
const { timeZones } = (await import(pathToFileURL(file).href)) as { readonly timeZones: AnyConnector };

describeConnectorConformance({
  connector: timeZones,
  config: () => ({}),
  expectedEntities: Intl.supportedValuesOf('timeZone').length,
});

describe('the example of a connector', () => {
  it('is tested in the guide as it is here', () => {
    expect(test).toContain('describeConnectorConformance({\n  connector: timeZones,\n  config: () => ({}),');
  });

  it('reads what its configuration asks for', async () => {
    const context = {
      config: { region: 'Europe' },
      credentials: {},
      policy: { forbiddenRoots: [] },
      signal: new AbortController().signal,
    };
    const names: string[] = [];
    for await (const page of timeZones.streams.zones?.read(context) ?? []) {
      names.push(...page.entities.map((entity) => entity.name));
    }
    expect(names).toContain('Europe/Lisbon');
    expect(names.every((name) => name.startsWith('Europe/'))).toBe(true);
  });
});
