/**
 * Characters that no reader sees and that only serve to break words apart or to hide instructions: controls, zero-width
 * and direction marks, soft hyphens, language tags. Variation selectors stay: they choose how an emoji looks.
 */
const invisible = /[[\p{Cc}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\u200c\u200d\ufe00-\ufe0f]]/gv;

/** Joiners shape Persian and Indic letters and emoji; after anything else they only hide a word from a search. */
const strayJoiners =
  /(?<![[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]--[\p{ASCII}\p{Script=Latin}]])[\u200c\u200d]+/gv;

export interface CleanText {
  readonly text: string;
  /** Characters that no reader sees, which are left out. */
  readonly hiddenCharacters: number;
}

/**
 * Text as a person would see it: composed (NFC) and well-formed Unicode, line feeds for line ends, no invisible characters, no white space at
 * the ends of lines, at most one blank line at a time.
 */
export function cleanText(text: string): CleanText {
  const written = text.toWellFormed().replace(/\r\n?|[\f\x85\u2028\u2029]/g, '\n');
  const shown = written.replace(invisible, '').replace(strayJoiners, '');
  const visible = shown.normalize('NFC');
  const kept: string[] = [];
  let blank = true;
  for (const raw of visible.split('\n')) {
    const line = raw.trimEnd();
    if (line !== '' || !blank) kept.push(line);
    blank = line === '';
  }
  return { text: kept.join('\n').trimEnd(), hiddenCharacters: written.length - shown.length };
}
