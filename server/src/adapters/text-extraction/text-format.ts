/** Kinds of file that can be read, by the names that switch them off. */
export const textFormats = [
  'text',
  'markdown',
  'html',
  'pdf',
  'docx',
  'pptx',
  'xlsx',
  'odt',
  'ods',
  'odp',
  'rtf',
  'epub',
  'doc',
  'csv',
  'json',
  'xml',
  'email',
  'code',
  'image',
  /** Pages of a PDF that are pictures: read like `image`, which is slow. */
  'scanned-pdf',
] as const;
export type TextFormat = (typeof textFormats)[number];

/** Formats whose bytes are characters in some encoding. */
const characterFormats: readonly TextFormat[] = ['text', 'markdown', 'html', 'csv', 'json', 'xml', 'code'];

export function isCharacterFormat(format: TextFormat): boolean {
  return characterFormats.includes(format);
}

export function isTextFormat(name: string): name is TextFormat {
  return (textFormats as readonly string[]).includes(name);
}

const extensions: Readonly<Partial<Record<TextFormat, string>>> = {
  text: 'txt text log rst adoc asciidoc org me readme srt vtt',
  markdown: 'md markdown mdx mkd mdown',
  html: 'html htm xhtml',
  pdf: 'pdf',
  docx: 'docx docm dotx',
  pptx: 'pptx pptm ppsx potx',
  xlsx: 'xlsx xlsm xltx',
  odt: 'odt ott',
  ods: 'ods ots',
  odp: 'odp otp',
  rtf: 'rtf',
  epub: 'epub',
  doc: 'doc dot',
  csv: 'csv tsv tab',
  json: 'json jsonl ndjson geojson json5 webmanifest',
  xml: 'xml rss atom xsd xsl xslt wsdl opml kml gpx svg plist rdf',
  email: 'eml',
  image: 'png jpg jpeg',
};

/** Extension to the language named on its code fence. */
const languages: Readonly<Record<string, string>> = {
  ...named('ts mts cts', 'ts'),
  ...named('js mjs cjs', 'js'),
  ...named('py pyi pyw', 'python'),
  ...named('rs', 'rust'),
  ...named('rb', 'ruby'),
  ...named('kt kts', 'kotlin'),
  ...named('cc cpp cxx hpp hh', 'cpp'),
  ...named('cs', 'csharp'),
  ...named('hs', 'haskell'),
  ...named('ex exs', 'elixir'),
  ...named('erl', 'erlang'),
  ...named('clj cljs', 'clojure'),
  ...named('sh bash zsh fish', 'sh'),
  ...named('ps1', 'powershell'),
  ...named('bat cmd', 'bat'),
  ...named('yaml yml', 'yaml'),
  ...named('ini cfg conf properties env editorconfig', 'ini'),
  ...named('tf', 'hcl'),
  ...named('mk', 'makefile'),
  ...named('jl', 'julia'),
  ...named('pl pm', 'perl'),
  ...named('m mm', 'objectivec'),
  ...Object.fromEntries(
    'tsx jsx go java scala c h swift php lua r sql css scss less vue svelte dart groovy gradle toml proto graphql tex cmake zig nim ml fs vb asm diff patch'
      .split(' ')
      .map((name) => [name, name]),
  ),
};

const languagesByName: Readonly<Record<string, string>> = {
  dockerfile: 'dockerfile',
  makefile: 'makefile',
  gemfile: 'ruby',
  rakefile: 'ruby',
  jenkinsfile: 'groovy',
};

const formatsByExtension = new Map<string, TextFormat>(
  Object.entries(extensions).flatMap(([format, names]) =>
    names.split(' ').flatMap((name) => (isTextFormat(format) ? [[name, format] as const] : [])),
  ),
);

/** The part after the last dot, in lower case; empty for none. */
export function extensionOf(name: string): string {
  return /\.([^./\\]{1,20})$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** The language of a source file by its name; `undefined` for what is not code. */
export function languageOf(name: string): string | undefined {
  const base = name.split(/[/\\]/).at(-1)?.toLowerCase() ?? '';
  const byName = Object.hasOwn(languagesByName, base) ? languagesByName[base] : undefined;
  const extension = extensionOf(name);
  return byName ?? (Object.hasOwn(languages, extension) ? languages[extension] : undefined);
}

/** What a name alone says; contents may say otherwise. */
export function formatByName(name: string): TextFormat | undefined {
  return formatsByExtension.get(extensionOf(name)) ?? (languageOf(name) === undefined ? undefined : 'code');
}

const formatsByMimeType: Readonly<Record<string, TextFormat>> = {
  'text/plain': 'text',
  'text/markdown': 'markdown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'message/rfc822': 'email',
};

export function formatByMimeType(mimeType: string | undefined): TextFormat | undefined {
  const name = mimeType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return Object.hasOwn(formatsByMimeType, name) ? formatsByMimeType[name] : undefined;
}

function named(names: string, language: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, language]));
}
