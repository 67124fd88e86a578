// So that `npx vitest run server/src/…` works from here; the configuration is the server's.
export { default } from './server/vitest.config.ts';
