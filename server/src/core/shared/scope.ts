import type { OrganizationId } from './ids.ts';

/**
 * The organisation in whose name something is read or written. Every repository function that touches an
 * organisation's rows, and every call to the search index, takes one: code without it does not compile.
 */
export class Scope {
  readonly organizationId: OrganizationId;

  constructor(organizationId: OrganizationId) {
    this.organizationId = organizationId;
  }
}
