import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeConnectorConformance } from '../../connector-kit/connector.conformance.ts';
import { files } from './files.ts';
import { write } from './folder.fixture.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weft-files-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (let i = 0; i < 230; i++) write(join(folder, `folder ${i % 9}`, `${'ä'.repeat(i % 4)}${i}.md`), `text ${i}`);

describeConnectorConformance({ connector: files, config: () => ({ path: folder }), expectedEntities: 230 });
