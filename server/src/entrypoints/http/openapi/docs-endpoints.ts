import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { contentTypeOf, toPageResponse } from '../pages/page-response.ts';

const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Weft API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** A file of its own, since the page's policy runs no inline script. */
const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true });
`;

const assetNames = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
const page = { method: 'GET', tags: ['pages'], access: 'public', isPage: true, response: z.never() } as const;

/** A page to read and try the API: Swagger UI, served from here, reading nothing but our own document. */
export function docsEndpoints(): readonly Endpoint[] {
  const servePage = () => toPageResponse(docsPage, { contentType: contentTypeOf('.html'), inlineStyles: true });
  return [
    defineEndpoint({ ...page, path: '/docs', summary: 'Open the API documentation', handler: servePage }),
    defineEndpoint({
      ...page,
      path: '/redoc',
      summary: 'Open the API documentation, by its other name',
      handler: servePage,
    }),
    defineEndpoint({
      ...page,
      path: '/docs/start.js',
      summary: 'Start the API documentation',
      handler: () => toPageResponse(startScript, { contentType: contentTypeOf('.js') }),
    }),
    ...assetNames.map((name) =>
      defineEndpoint({
        ...page,
        path: `/docs/${name}`,
        summary: `Get ${name}`,
        handler: async () => toPageResponse(await readAsset(name), { contentType: contentTypeOf(path.extname(name)) }),
      }),
    ),
  ];
}

/** Read at each call: two megabytes need not stay in memory for a page that is seldom opened. */
async function readAsset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`))));
}
