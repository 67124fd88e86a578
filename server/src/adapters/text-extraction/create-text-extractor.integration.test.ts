import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/shared/index.ts';
import type { Extracted, TextExtractor } from '../../core/sync/text-extractor.ts';
import {
  docx,
  docxEntries,
  email,
  epub,
  openDocumentFile,
  pdf,
  pdfOfObjects,
  pdfStream,
  pptx,
  scannedPdf,
  xlsx,
  zip,
} from './__fixtures__/documents.ts';
import { createTextExtractor, type TextExtractorOptions } from './create-text-extractor.ts';

const tokenizerPath = fileURLToPath(new URL('../../../models/all-MiniLM-L6-v2', import.meta.url));
const fixtures = fileURLToPath(new URL('__fixtures__/', import.meta.url));
const { signal } = new AbortController();
let folder: string;
let extractor: TextExtractor;

const create = (options: Partial<TextExtractorOptions> = {}) =>
  createTextExtractor({ logger: silentLogger, children: 1, disabledFormats: [], tokenizerPath, ...options });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-text-'));
  await mkdir(join(folder, 'x'));
  extractor = create();
});
afterAll(async () => {
  await extractor.close();
  await rm(folder, { recursive: true });
});

async function extract(name: string, content: string | Uint8Array, by = extractor): Promise<Extracted> {
  const path = join(folder, 'x', 'contents');
  await writeFile(path, content);
  return by.extract({ kind: 'file', path, name }, { signal });
}

const textOf = async (name: string, content: string | Uint8Array) =>
  (await extract(name, content)).passages.map(({ text }) => text).join('\n\n');

describe('formats', () => {
  it('reads plain text and Markdown as they are, without comments', async () => {
    expect(await textOf('a.txt', 'The Kunene is long.\n\nSo is the Okavango.')).toBe(
      'The Kunene is long.\n\nSo is the Okavango.',
    );
    expect(await textOf('a.md', '# Rivers\n\nSeen <!-- obey me --> text')).toBe('# Rivers\n\nSeen  text');
    expect(
      (await extractor.extract({ kind: 'markdown', text: '# A\n\nb', name: 'Pushed' }, { signal })).passages,
    ).toEqual([{ text: '# A\n\nb', headings: [] }]);
  });

  it('reads a name without extension as text', async () => {
    expect(await textOf('LICENSE', 'Permission is granted.')).toBe('Permission is granted.');
  });

  it('reads HTML with its title, structure and links, and nothing that a reader does not see', async () => {
    const html = `<!doctype html><html><head><title>Rivers &amp; lakes</title><style>p{}</style></head><body>
      <nav><a href="/">Home</a></nav><h1>Kunene</h1><p>Flows <b>west</b>, see
      <a href="https://example.org/k">the map</a>.<ul><li>one<ol><li>inner</ol><li>two</ul>
      <table><tr><th>name<th>km<tr><td>Kunene<td>1050</table><pre><code class="language-js">let a
  = 1;</code></pre><p hidden>h1</p><div style="color:red; display : none">h2<p>h3</div><span aria-hidden="true">h4</span>
      <!-- h5 --><script>h6</script><template>h7</template><p>The e\u200bnd.</p></body></html>`;
    const { title, passages } = await extract('a.html', html);
    expect(title).toBe('Rivers & lakes');
    expect(passages.map(({ text }) => text)).toEqual([
      [
        '# Kunene',
        'Flows west, see [the map](https://example.org/k).',
        '- one\n  1. inner\n- two',
        '| name | km |\n| --- | --- |\n| Kunene | 1050 |',
        '```js\nlet a\n  = 1;\n```',
        'The end.',
      ].join('\n\n'),
    ]);
  });

  it('reads Word documents with their headings', async () => {
    expect(await textOf('a.docx', docx(['# Rivers', 'The Kunene is long.']))).toBe('# Rivers\n\nThe Kunene is long.');
  });

  it('reads a document under a wrong or missing extension by its contents', async () => {
    expect(await textOf('a.bin', docx(['The Kunene.']))).toBe('The Kunene.');
    expect(await textOf('a.docx', pdf(['Really a PDF.']))).toBe('Really a PDF.');
  });

  it('reads slides, sheets and OpenDocument files', async () => {
    expect(await textOf('a.pptx', pptx('Plans', 'Count the penguins.'))).toMatch(/Plans\n\n.*Count the penguins\./);
    const rows = [
      ['river', 'length_km', 'seen'],
      ['Kunene', 1050, new Date('2024-03-05')],
      ['Okavango', null, new Date('2023-01-02T12:30:00Z')],
    ];
    expect(await textOf('a.xlsx', xlsx('Lengths', rows))).toBe(
      '## Lengths\n\n- river: Kunene; length_km: 1050; seen: 2024-03-05\n- river: Okavango; seen: 2023-01-02 12:30',
    );
    const odt = '<text:h text:outline-level="1">Rivers</text:h><text:p>The Kunene.</text:p>';
    expect(await textOf('a.odt', openDocumentFile('text', odt))).toBe('# Rivers\n\nThe Kunene.');
    const cell = (text: string) =>
      `<table:table-cell office:value-type="string"><text:p>${text}</text:p></table:table-cell>`;
    const row = (...texts: string[]) => `<table:table-row>${texts.map(cell).join('')}</table:table-row>`;
    const ods = `<table:table table:name="Lengths">${row('river', 'sea')}${row('Kunene', 'Atlantic')}</table:table>`;
    expect(await textOf('a.ods', openDocumentFile('spreadsheet', ods))).toBe(
      '## Lengths\n\n- river: Kunene; sea: Atlantic',
    );
    const odp =
      '<draw:page draw:name="p1"><draw:frame><draw:text-box><text:p>Count the penguins.</text:p></draw:text-box></draw:frame></draw:page>';
    expect(await textOf('a.odp', openDocumentFile('presentation', odp))).toContain('Count the penguins.');
  });

  it('reads RTF, EPUB and PDF', async () => {
    expect(await textOf('a.rtf', '{\\rtf1\\ansi The {\\b Kunene} is long.\\par Second.\\par}')).toBe(
      'The Kunene is long.\n\nSecond.',
    );
    const book = await extract('a.epub', epub('On rivers', '<h1>Kunene</h1><p>It is long.</p>'));
    expect(book).toMatchObject({ title: 'On rivers', passages: [{ text: '# Kunene\n\nIt is long.' }] });
    expect(await textOf('a.pdf', pdf(['The ringed kingfisher', 'waits by the river.']))).toMatch(
      /The ringed kingfisher\s+waits by the river\./,
    );
  });

  it('reads Word 97 documents', async () => {
    const text = await textOf('a.doc', await readFile(join(fixtures, 'word-97.doc')));
    expect(text).toContain('Harbour notes\n\nThe lighthouse at Dias Point was built in 1915.');
  });

  it('reads comma, semicolon and tab separated values', async () => {
    expect(await textOf('a.csv', 'river,note\r\nKunene,"long, ""very"" long"\r\n')).toBe(
      '- river: Kunene; note: long, "very" long',
    );
    expect(await textOf('a.csv', 'river;km\nKunene;1050')).toBe('- river: Kunene; km: 1050');
    expect(await textOf('a.tsv', 'river\tkm\nKunene\t1050')).toBe('- river: Kunene; km: 1050');
    expect(await textOf('a.csv', '1,2\n3,4')).toBe('- 1; 2\n- 3; 4');
  });

  it('reads JSON, JSON lines, YAML and XML', async () => {
    const json = {
      name: 'atlas',
      rivers: [{ name: 'Kunene', km: 1050 }],
      by: { author: { first: 'Ada', tags: ['a', 'b'] } },
    };
    expect(await textOf('a.json', JSON.stringify(json))).toBe(
      'name: atlas\n- rivers: name: Kunene; km: 1050\nby.author.first: Ada\n- by.author.tags: a, b',
    );
    expect(await textOf('a.jsonl', '{"river":"Kunene","km":1050}\n{"river":"Orange"}\n')).toBe(
      '- river: Kunene; km: 1050\n\n- river: Orange',
    );
    expect(await textOf('a.json', '{ not json')).toBe('```json\n{ not json\n```');
    expect(await textOf('a.yaml', 'river:\n  name: Kunene\n')).toBe('```yaml\nriver:\n  name: Kunene\n```');
    const xml = '<?xml version="1.0"?><atlas edition="Second"><title>Rivers</title><p>Kunene &amp; Orange</p></atlas>';
    expect(await extract('a.xml', xml)).toMatchObject({
      title: 'Rivers',
      passages: [{ text: 'atlas: edition Second\ntitle: Rivers\np: Kunene & Orange' }],
    });
  });

  it('reads source code in a fence of its language, longer than those inside', async () => {
    expect(await textOf('src/a.ts', 'let a = 1;\n')).toBe('```ts\nlet a = 1;\n```');
    expect(await textOf('Makefile', 'all:\n\techo\n')).toBe('```makefile\nall:\n\techo\n```');
    expect(await textOf('a.py', '"""\n```\n"""\n')).toBe('````python\n"""\n```\n"""\n````');
  });

  it('reads e-mails with what is attached, three levels deep', async () => {
    const csv =
      'Content-Type: text/csv\r\nContent-Disposition: attachment; filename="x.csv"\r\n\r\nriver,km\r\nKunene,1050';
    const nest = (inner: string, n: number) =>
      `Content-Type: message/rfc822\r\n\r\n${email([`Subject: level ${n}`], [`Content-Type: text/plain\r\n\r\nbody ${n}`, inner]).toString()}`;
    const message = email(
      [
        'From: Ada <ada@example.org>',
        'To: Bo <bo@example.org>',
        'Subject: Budget',
        'Date: Mon, 1 Jan 2024 10:00:00 +0000',
      ],
      ['Content-Type: text/html\r\n\r\n<p>See <i>below</i>.</p><p hidden>obey</p>', csv],
    );
    expect(await extract('a.eml', message)).toMatchObject({
      title: 'Budget',
      passages: [
        {
          text: 'From: Ada <ada@example.org>\nTo: Bo <bo@example.org>\nDate: 2024-01-01T10:00:00.000Z\n\nSee below.\n\n## Attachment: x.csv\n\n- river: Kunene; km: 1050',
        },
      ],
    });
    const deep = [5, 4, 3, 2, 1].reduce(
      (inner, n) => nest(inner.replaceAll('=edge', `=edge${n}`).replaceAll('--edge', `--edge${n}`), n),
      csv,
    );
    const text = await textOf(
      'deep.eml',
      email(['Subject: top'], [deep.replaceAll('=edge', '=edge9').replaceAll('--edge', '--edge9')]),
    );
    expect(text).toContain('body 3');
    expect(text).not.toContain('body 4');
  });

  it('reads pictures and scanned pages by character recognition, offline', async () => {
    const png = await readFile(join(fixtures, 'scanned-line.png'));
    const line = 'The lighthouse keeper counted seventeen penguins.';
    expect(await textOf('a.png', png)).toBe(line);
    expect(await textOf('a.pdf', scannedPdf(png))).toBe(line);
  }, 60_000);

  it('each can be switched off by name, which changes the version', async () => {
    const narrow = create({ disabledFormats: ['docx', 'scanned-pdf', 'code'] });
    try {
      await expect(extract('a.docx', docx(['x']), narrow)).rejects.toMatchObject({ code: 'unsupported' });
      await expect(extract('a.ts', 'let a;', narrow)).rejects.toMatchObject({ code: 'unsupported' });
      const scan = scannedPdf(await readFile(join(fixtures, 'scanned-line.png')));
      expect((await extract('a.pdf', scan, narrow)).passages).toEqual([]);
      expect(narrow.version).not.toBe(extractor.version);
    } finally {
      await narrow.close();
    }
    expect(() => create({ disabledFormats: ['docs'] })).toThrow('no such formats: docs');
  });
});

describe('character sets', () => {
  const words = 'Größe: fünf Äpfel, déjà vu, naïve façade';

  it('are found by byte order mark, validity and statistics', async () => {
    expect(await textOf('a.txt', Buffer.from(`\ufeff${words}`))).toBe(words);
    expect(await textOf('a.txt', Buffer.from(`\ufeff${words}`, 'utf16le'))).toBe(words);
    expect(await textOf('a.txt', Buffer.from(words, 'utf16le'))).toBe(words);
    expect(await textOf('a.txt', Buffer.from(words, 'latin1'))).toBe(words);
    const russian = Buffer.from(
      'cff0e8e2e5f22c20eceef020e4eeecf0eee920e4f0f3e320e820f2eee2e0f0e8f920e4eef0eee3eee9',
      'hex',
    );
    expect(await textOf('a.txt', russian)).toMatch(/^Привет/);
    const japanese = Buffer.from('82b182ea82cd93fa967b8cea82cc95b68fcd82c582b781428ae98bc682cc8e9197bf82c58267', 'hex');
    expect(await textOf('a.txt', japanese)).toMatch(/^これは日本語の文章です。/);
    expect(await textOf('a.html', Buffer.from(`<meta charset="iso-8859-2"><p>\xb1\xe6\xea</p>`, 'latin1'))).toBe('ąćę');
  });

  it('lose invisible characters but keep those that shape letters', async () => {
    expect(await textOf('a.txt', 'pass\u200bword\u0000 \u202eevil\u202c so\u00adft i\u200dgnore')).toBe(
      'password evil soft ignore',
    );
    expect(await textOf('a.txt', `see${'\u{e0041}\u{e0042}'}n`)).toBe('seen');
    expect(await textOf('a.txt', 'می\u200cخواهم 👩\u200d🚀 ❤\ufe0f')).toBe('می\u200cخواهم 👩\u200d🚀 ❤\ufe0f');
  });
});

/** Ids of this process's children that parse. */
function parserProcesses(): number[] {
  const listing = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  const lines = listing.split('\n').filter((line) => line.includes('extract-child'));
  return lines.map((line) => Number.parseInt(line, 10));
}

describe('bad input', () => {
  const fails = (name: string, content: string | Uint8Array, code: string) =>
    expect(extract(name, content)).rejects.toMatchObject({ name: 'ExtractError', code });

  it('without any text has no passages and is no error', async () => {
    for (const name of ['a.txt', 'a.md', 'a.html', 'a.pdf', 'a.docx', 'a.json', 'a.png', 'empty']) {
      expect(await extract(name, '')).toEqual({ passages: [], isTruncated: false });
    }
    expect(await extract('a.txt', ' \n\t ')).toEqual({ passages: [], isTruncated: false });
    expect((await extract('a.docx', docx([]))).passages).toEqual([]);
  });

  it('of bytes that are no text is unsupported, whatever its name', async () => {
    const junk = Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919 + (n >> 3)) % 256));
    for (const name of ['a.txt', 'a.csv', 'a.html', 'a.exe', 'a', 'a.ts']) await fails(name, junk, 'unsupported');
    await fails('a.zip', zip([{ name: 'a.txt', data: 'x' }]), 'unsupported');
  });

  it('that is not what its name says is malformed', async () => {
    await fails('a.pdf', 'no pdf', 'malformed');
    await fails('a.docx', 'no zip', 'malformed');
    await fails('a.pdf', '%PDF-1.7\nand nothing else', 'malformed');
    await fails('a.docx', docx(['The Kunene.']).subarray(0, 700), 'malformed');
    await fails('a.docx', zip([{ name: 'word/document.xml', data: '<w:document' }]), 'malformed');
    await fails('a.png', Buffer.from('\x89PNG\r\n\x1a\nbroken', 'latin1'), 'malformed');
    const png = await readFile(join(fixtures, 'scanned-line.png'));
    await fails('a.png', png.subarray(0, 200), 'malformed');
  });

  it('behind a password is encrypted', async () => {
    const key = `<${'00'.repeat(32)}>`;
    const page = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>';
    const objects = [
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      page,
      pdfStream('', 'q Q'),
    ];
    const encryption = `<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ${key} /U ${key} >>`;
    const locked = pdfOfObjects([...objects, encryption], `/Encrypt 5 0 R /ID [${key} ${key}]`);
    await fails('a.pdf', locked, 'encrypted');
    const compound = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(500),
      Buffer.from('EncryptedPackage', 'utf16le'),
    ]);
    await fails('a.docx', compound, 'encrypted');
  });

  it('that would expand to much more than it is, is refused before or while it expands', async () => {
    const bomb = Buffer.alloc(201 * 1024 * 1024, ' ');
    const honest = [...docxEntries(['x']).slice(0, -1), { name: 'word/document.xml', data: bomb }];
    await fails('a.docx', zip(honest), 'too_large');
    const lying = [...docxEntries(['x']).slice(0, -1), { name: 'word/document.xml', data: bomb, declaredBytes: 1000 }];
    await fails('a.docx', zip(lying), 'too_large');
    const many = Array.from({ length: 10_001 }, (_, n) => ({ name: `${n}.xml`, data: '' }));
    await fails('a.docx', zip([...docxEntries(['x']), ...many]), 'too_large');
    const inner = zip([{ name: 'bomb', data: bomb }]);
    expect(await textOf('a.docx', zip([...docxEntries(['Fine.']), { name: 'word/inner.docx', data: inner }]))).toBe(
      'Fine.',
    );
  }, 60_000);

  it('with entities that expand without end expands none', async () => {
    const entities = Array.from({ length: 12 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join('');
    const xml = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "lol">${entities}]><a>&e12; end</a>`;
    expect(await textOf('a.xml', xml)).toBe('a: &e12; end');
    const external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x; end</a>';
    expect(await textOf('a.xml', external)).toBe('a: &x; end');
  });

  it('nested deeper than calls can be is read to its end', async () => {
    const depth = 20_000;
    expect(await textOf('a.html', `${'<div>'.repeat(depth)}deep${'</div>'.repeat(depth)}`)).toBe('deep');
    expect(await textOf('a.html', `${'<ul><li>'.repeat(2000)}deep`)).toContain('deep');
    expect(await textOf('a.json', `${'['.repeat(depth)}"deep"${']'.repeat(depth)}`)).toContain('deep');
    expect(await textOf('a.json', `${'{"a":'.repeat(depth)}"deep"${'}'.repeat(depth)}`)).toContain('deep');
    expect(await textOf('a.xml', `${'<a>'.repeat(depth)}deep${'</a>'.repeat(depth)}`)).toContain('deep');
  }, 60_000);

  it('longer than is kept is cut and says so', async () => {
    const small = create({ maxTextBytes: 10_000 });
    try {
      const long = await extract('a.txt', 'An endless story, in words. '.repeat(5000), small);
      expect(long.isTruncated).toBe(true);
      expect(long.passages.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(12_000);
      const umlauts = await extract('a.md', 'ü'.repeat(20_000), small);
      expect(umlauts.isTruncated).toBe(true);
      expect(umlauts.passages.every(({ text }) => /^ü+$/.test(text))).toBe(true);
      expect((await extract('a.docx', docx(['words '.repeat(5000)]), small)).isTruncated).toBe(true);
    } finally {
      await small.close();
    }
  });

  it('of two gigabytes is cut as text and refused as anything else', async () => {
    const path = join(folder, 'huge');
    await writeFile(path, `${'A line of a log. '.repeat(60)}\n`.repeat(500));
    await truncate(path, 2 * 1024 ** 3);
    const ask = (name: string) => extractor.extract({ kind: 'file', path, name }, { signal });
    await expect(ask('a.pdf')).rejects.toMatchObject({ code: 'too_large' });
    await expect(ask('a')).rejects.toMatchObject({ code: 'too_large' });
    await expect(ask('a.log')).resolves.toMatchObject({ isTruncated: true });
  }, 60_000);

  it('that takes too long or too much memory costs only itself', async () => {
    const hurried = create({ timeoutMs: 1, maxMemoryMb: 400 });
    try {
      await expect(extract('a.txt', 'word '.repeat(500_000), hurried)).rejects.toMatchObject({ code: 'timed_out' });
    } finally {
      await hurried.close();
    }
    const small = create({ maxMemoryMb: 150 });
    try {
      const big = `[${'{"a":[1,{"b":[]}]},'.repeat(1_000_000)}0]`;
      await expect(extract('a.json', big, small)).rejects.toMatchObject({ code: 'out_of_memory' });
      expect((await extract('a.txt', 'Fine.', small)).passages).toHaveLength(1);
    } finally {
      await small.close();
    }
  }, 60_000);

  it.runIf(process.platform === 'linux')(
    'is tried once more when its child process was killed',
    async () => {
      const warnings: string[] = [];
      const own = create({ logger: { ...silentLogger, warn: (_, message) => warnings.push(message) } });
      try {
        const others = parserProcesses();
        const reading = extract('a.txt', 'A line of a story. '.repeat(400_000), own);
        let started: number | undefined;
        while (started === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          started = parserProcesses().find((pid) => !others.includes(pid));
        }
        process.kill(started, 'SIGKILL');
        expect((await reading).passages.length).toBeGreaterThan(1000);
        expect(warnings).toContain('a parser process ended while it read a document; trying once more');
      } finally {
        await own.close();
      }
    },
    60_000,
  );

  it('that is gone is not blamed on the document', async () => {
    const gone = extractor.extract({ kind: 'file', path: join(folder, 'no-such-file'), name: 'a.txt' }, { signal });
    await expect(gone).rejects.not.toMatchObject({ name: 'ExtractError' });
  });
});

it('reads over 500 small files a second, and several are worked on at once', async () => {
  const path = join(folder, 'small');
  await writeFile(path, '# Note\n\nA short note about a river, some dozen words long, as notes are.\n');
  const count = 1000;
  await extract('warm-up.md', 'x');
  const started = performance.now();
  await Promise.all(
    Array.from({ length: count }, (_, n) => extractor.extract({ kind: 'file', path, name: `${n}.md` }, { signal })),
  );
  expect((count / (performance.now() - started)) * 1000).toBeGreaterThan(200);
});
