/** A JSON value. The kit has its own so that connectors import nothing but the kit. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
