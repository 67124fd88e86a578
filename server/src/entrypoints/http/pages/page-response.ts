/** A page may load only what it came with; inline scripts are never run. */
function contentSecurityPolicy(options: { readonly inlineStyles: boolean }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${options.inlineStyles ? " 'unsafe-inline'" : ''}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export interface PageOptions {
  readonly contentType: string;
  /** Only for pages whose library writes style attributes. */
  readonly inlineStyles?: boolean;
}

/** A page or one of its assets, with headers that keep other sites from framing it and it from loading anything foreign. */
export function toPageResponse(body: string | Uint8Array<ArrayBuffer>, options: PageOptions): Response {
  return new Response(body, {
    headers: {
      'Content-Type': options.contentType,
      'Content-Security-Policy': contentSecurityPolicy({ inlineStyles: options.inlineStyles ?? false }),
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
      'Cache-Control': 'no-cache',
    },
  });
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** @param extension with its dot, in lower case */
export function contentTypeOf(extension: string): string {
  return contentTypes[extension] ?? 'application/octet-stream';
}
