import { buildOpenApi } from '../../src/entrypoints/http/openapi/build-openapi.ts';
import { listEndpoints } from '../../src/entrypoints/http/routes.ts';
import { withoutDependencies } from '../../src/entrypoints/http/testing/without-dependencies.ts';

/** The OpenAPI document of every endpoint in the source, without a server; its version is that of no release. */
export function openApiDocument(): object {
  return buildOpenApi(listEndpoints(withoutDependencies({})), '0.0.0');
}
