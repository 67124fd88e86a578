import PostalMime, { type Address, type Attachment } from 'postal-mime';
import { ExtractError } from '../../../core/sync/text-extractor.ts';
import type { ParsedText, ParseInput } from '../parsed-text.ts';
import { parseHtml } from './html.ts';

const maxAttachments = 100;
const maxDepth = 3;

/** An e-mail: who, to whom and when, the body, then the text of what is attached, up to three levels deep. */
export async function parseEmail({ bytes, depth, parseInner }: ParseInput): Promise<ParsedText> {
  const email = await PostalMime.parse(bytes, { forceRfc822Attachments: true });
  const headers = [
    ['From', addresses(email.from === undefined ? [] : [email.from])],
    ['To', addresses(email.to)],
    ['Cc', addresses(email.cc)],
    ['Date', email.date ?? ''],
  ] as const;
  const lines = headers.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}`);
  const plain = email.text?.trim() ?? '';
  const body = plain === '' && email.html !== undefined ? parseHtml(email.html).markdown : plain;
  const parts = [lines.join('\n'), body];
  let isTruncated = email.attachments.length > maxAttachments;
  for (const attachment of email.attachments.slice(0, maxAttachments)) {
    if (attachment.related === true) continue;
    const name = attachment.filename ?? (attachment.mimeType === 'message/rfc822' ? 'message.eml' : 'attachment');
    const inner = depth + 1 > maxDepth ? undefined : await parseAttachment(attachment, name, parseInner);
    isTruncated ||= inner?.isTruncated === true;
    parts.push([`## Attachment: ${inner?.title ?? name}`, inner?.markdown ?? ''].join('\n\n').trim());
  }
  const title = email.subject?.trim() ?? '';
  return {
    markdown: parts.filter((part) => part !== '').join('\n\n'),
    isTruncated,
    ...(title === '' ? {} : { title }),
  };
}

async function parseAttachment(
  attachment: Attachment,
  name: string,
  parseInner: ParseInput['parseInner'],
): Promise<ParsedText | undefined> {
  const { content, mimeType } = attachment;
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
  try {
    return await parseInner({ bytes, name, mimeType });
  } catch (error) {
    // An attachment that cannot be read leaves the message readable; its name stays to be found.
    if (error instanceof ExtractError) return undefined;
    throw error;
  }
}

function addresses(list: readonly Address[] | undefined): string {
  return (list ?? [])
    .flatMap((entry) => (entry.group === undefined ? [entry] : entry.group))
    .map(({ name, address }) => [name, address === undefined ? '' : `<${address}>`].filter((part) => part).join(' '))
    .join(', ');
}
