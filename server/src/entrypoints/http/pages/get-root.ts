import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { toPageResponse } from './page-response.ts';

const landingPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Weft</title></head>
<body>
<h1>Weft</h1>
<p>Connects agents to the places where people keep things.</p>
<ul>
<li><a href="/app/">Dashboard</a></li>
<li><a href="/docs">API, to try it</a></li>
<li><a href="/openapi.json">API, as OpenAPI</a></li>
</ul>
</body>
</html>
`;

/** Browsers are sent to the dashboard; programs get a page that says where things are. */
export const getRootEndpoint = () =>
  defineEndpoint({
    method: 'GET',
    path: '/',
    summary: 'Open the landing page',
    tags: ['pages'],
    access: 'public',
    isPage: true,
    response: z.never(),
    handler: ({ request }) =>
      request.headers.get('accept')?.includes('text/html')
        ? new Response(null, { status: 302, headers: { Location: '/app/' } })
        : toPageResponse(landingPage, { contentType: 'text/html; charset=utf-8' }),
  });
