import { AppError } from '../../../core/shared/index.ts';
import { isFromOwnPage } from '../origin-policy.ts';
import { toPageResponse } from '../pages/page-response.ts';

/** A form for a person without scripts. */
export interface FormPage {
  readonly title: string;
  /** One sentence above the form. */
  readonly text: string;
  /** What went wrong with the last try. */
  readonly problem?: string;
  /** Where it is sent; absent: there is nothing to fill in. */
  readonly action?: string;
  readonly fields?: readonly FormField[];
  readonly button?: string;
  readonly link?: { readonly href: string; readonly text: string };
  /** Default 200. */
  readonly status?: number;
}

export interface FormField {
  readonly name: string;
  /** Absent: hidden. */
  readonly label?: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly value?: string;
  readonly autocomplete?: string;
  readonly isOptional?: boolean;
  readonly minLength?: number;
  readonly hint?: string;
}

const style = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 10vh auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; }
  label { display: block; margin-top: 1rem; font-weight: 600; }
  input { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .5rem; }
  button { margin-top: 1.5rem; font: inherit; padding: .5rem 1.5rem; }
  small { font-weight: 400; }
  .problem { border-left: 4px solid #c0392b; padding-left: .75rem; }
`;

export function toFormPage(page: FormPage): Response {
  const { title, text, problem, action, fields = [], button = 'Continue', link } = page;
  const form =
    action === undefined
      ? ''
      : `<form method="post" action="${toHtml(action)}">${fields.map(toField).join('')}<button type="submit">${toHtml(button)}</button></form>`;
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${toHtml(title)} · Weft</title><style>${style}</style></head>
<body><main><h1>${toHtml(title)}</h1>
${problem === undefined ? '' : `<p class="problem" role="alert">${toHtml(problem)}</p>`}
<p>${toHtml(text)}</p>
${form}
${link === undefined ? '' : `<p><a href="${toHtml(link.href)}">${toHtml(link.text)}</a></p>`}
</main></body></html>`;
  const response = toPageResponse(html, { contentType: 'text/html; charset=utf-8', inlineStyles: true });
  response.headers.set('Cache-Control', 'no-store');
  // A page that sends no referrer sends no origin with its form either; the token in the address stays on this server.
  response.headers.set('Referrer-Policy', 'same-origin');
  return new Response(response.body, { status: page.status ?? 200, headers: response.headers });
}

const maxFormBytes = 64 * 1024;

/**
 * The fields of a form that one of our own pages sent.
 *
 * @throws AppError('forbidden') for a form of another site
 */
export async function readForm(request: Request, apiUrl: string): Promise<Readonly<Record<string, string>>> {
  if (!isFromOwnPage(request, new Set([new URL(apiUrl).origin]))) {
    throw new AppError(
      'forbidden',
      'This form was not sent by a page of Weft. Open its address again and send it from there.',
    );
  }
  const text = await request.text();
  if (text.length > maxFormBytes) throw new AppError('too_large', 'The form is too large.');
  return Object.fromEntries(new URLSearchParams(text));
}

function toField(field: FormField): string {
  const value = field.value === undefined ? '' : ` value="${toHtml(field.value)}"`;
  if (field.label === undefined) return `<input type="hidden" name="${toHtml(field.name)}"${value}>`;
  const attributes = [
    `type="${field.type ?? 'text'}"`,
    `name="${toHtml(field.name)}"`,
    ...(field.autocomplete === undefined ? [] : [`autocomplete="${toHtml(field.autocomplete)}"`]),
    ...(field.minLength === undefined ? [] : [`minlength="${field.minLength}"`]),
    ...(field.isOptional ? [] : ['required']),
  ].join(' ');
  const hint = field.hint === undefined ? '' : ` <small>${toHtml(field.hint)}</small>`;
  return `<label>${toHtml(field.label)}${hint}<input ${attributes}${value}></label>`;
}

function toHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
