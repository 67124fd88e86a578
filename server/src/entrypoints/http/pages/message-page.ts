import { toPageResponse } from './page-response.ts';

export interface MessagePage {
  readonly title: string;
  /** What happened, and why. */
  readonly message: string;
  /** What to do now. */
  readonly advice: string;
  /** Where a link leads; absent: no link. Its scheme was checked when it was given. */
  readonly link?: { readonly label: string; readonly href: string };
}

const style = `
:root { color-scheme: light dark; --text: #1c1b1a; --soft: #5c5a56; --ground: #faf9f7; --card: #fff; --line: #e3e0da; --accent: #2f5bd7; }
@media (prefers-color-scheme: dark) {
  :root { --text: #efedea; --soft: #a9a59e; --ground: #191817; --card: #232220; --line: #3a3835; --accent: #8eabff; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
  color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 32rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
p.advice { color: var(--soft); }
a { color: var(--accent); font-weight: 600; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
p:last-child { margin-bottom: 0; }
`;

/** A page for a person whose browser ended here: what happened, and what to do. It runs no scripts and loads nothing. */
export function toMessagePage(page: MessagePage, status: number): Response {
  const { title, message, advice, link } = page;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} – Weft</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>
<p class="advice">${escapeHtml(advice)}</p>
${link === undefined ? '' : `<p><a href="${escapeHtml(link.href)}" rel="noreferrer">${escapeHtml(link.label)}</a></p>`}
</main>
</body>
</html>
`;
  const response = toPageResponse(html, { contentType: 'text/html; charset=utf-8', inlineStyles: true });
  response.headers.set('Cache-Control', 'no-store');
  return new Response(response.body, { status, headers: response.headers });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
