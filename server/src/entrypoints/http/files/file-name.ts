const maxLength = 120;

/** A name for a Markdown file that is safe in any folder and archive. */
export function toFileName(name: string): string {
  const safe = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}<>:"/\\|?*]+/gu, '_')
    .replace(/^[.\s]+/u, '')
    .replace(/[.\s]+$/u, '');
  const short = [...safe].slice(0, maxLength).join('');
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(short) ? `_${short}` : short;
  const named = reserved === '' ? 'document' : reserved;
  return /\.md$/i.test(named) ? named : `${named}.md`;
}

/** The same, but no name twice, also where case does not count. */
export function createFileNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const first = toFileName(name);
    for (let number = 1; ; number++) {
      const tried = number === 1 ? first : first.replace(/(\.md)$/i, ` (${number})$1`);
      if (taken.has(tried.toLowerCase())) continue;
      taken.add(tried.toLowerCase());
      return tried;
    }
  };
}

/** The headers of a download that no browser shows or runs. */
export function downloadHeaders(name: string, contentType: string): Record<string, string> {
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return {
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename*=UTF-8''${encoded}`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': 'sandbox',
    'Cache-Control': 'no-store',
  };
}
