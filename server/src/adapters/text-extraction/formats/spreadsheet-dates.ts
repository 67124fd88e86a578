import { Parser } from 'htmlparser2';
import { readArchiveEntry } from '../check-archive.ts';

/** Excel's own date and time formats, which a workbook uses by number without spelling them. */
const builtInDates = [14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57];
const dayMs = 86_400_000;
/** Days from Excel's day 0 to 1970, as its calendar of 1900 counts, and how many fewer the one of 1904 does. */
const unixDay = 25_569;
const macDays = 1462;
/** The last day of 9999: what is larger is no date. */
const lastDay = 2_958_466;

/**
 * A function from a cell's raw XML and its number to the date that Excel would show, or `undefined` where it shows a number.
 * The file keeps dates as day counts: `45356` is of no use to a search for 2024-03-05.
 *
 * @see ECMA-376 part 1, 18.8.30 (formats) and 18.17.4 (dates)
 */
export function createDateReader(bytes: Buffer): (rawCell: string, text: string) => string | undefined {
  const styles = readArchiveEntry(bytes, 'xl/styles.xml')?.toString('utf8') ?? '';
  const workbook = readArchiveEntry(bytes, 'xl/workbook.xml')?.toString('utf8') ?? '';
  const dateStyles = readDateStyles(styles);
  const shift = /<workbookPr[^>]{0,500}\bdate1904="(?:1|true)"/.test(workbook) ? macDays : 0;
  return (rawCell, text) => {
    const tag = rawCell.slice(0, rawCell.indexOf('>'));
    const style = /\ss="(\d{1,6})"/.exec(tag)?.[1];
    if (style === undefined || !dateStyles.has(Number(style)) || /\st="(?!n")/.test(tag)) return undefined;
    const days = Number(text);
    return text.trim() === '' || !(days >= 0 && days + shift < lastDay) ? undefined : toDate(days, shift);
  };
}

/** Indexes into `cellXfs`, the list of styles that cells name, of those that show dates or times. */
function readDateStyles(styles: string): ReadonlySet<number> {
  const dateFormats = new Set(builtInDates);
  const found = new Set<number>();
  let isInCellStyles = false;
  let index = 0;
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (name === 'numFmt' && isDateFormat(attributes.formatCode ?? ''))
          dateFormats.add(Number(attributes.numFmtId));
        if (name === 'cellXfs') isInCellStyles = true;
        if (name !== 'xf' || !isInCellStyles) return;
        if (dateFormats.has(Number(attributes.numFmtId))) found.add(index);
        index += 1;
      },
      onclosetag: (name) => {
        if (name === 'cellXfs') isInCellStyles = false;
      },
    },
    { xmlMode: true },
  );
  parser.write(styles);
  parser.end();
  return found;
}

/** Whether letters for days, months, years, hours or seconds are left besides quoted words, colours and escapes. */
function isDateFormat(code: string): boolean {
  const bare = code.slice(0, 500).replace(/"[^"]*"|\\.|\[(?!h|m|s)[^\]]*\]/gi, '');
  return /[dyhs]|m/i.test(bare) && !/general/i.test(bare);
}

function toDate(days: number, shift: number): string {
  const iso = new Date(Math.round((days + shift - unixDay) * dayMs)).toISOString();
  if (days < 1) return iso.slice(11, 16);
  return Number.isInteger(days) ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
