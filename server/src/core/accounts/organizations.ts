import {
  type Caller,
  defaultExpirationDays,
  type IdentityStore,
  issueKeyFor,
  type Membership,
  type Person,
  type User,
} from '../access/index.ts';
import { AppError, type JsonObject, newId, OrganizationId, type UserId } from '../shared/index.ts';
import type { OrganizationStore } from './organization-store.ts';

export interface OrganizationInput {
  readonly name: string;
  readonly description: string | null;
  /** Undefined: none, or as it is. */
  readonly metadata: JsonObject | null | undefined;
}

/** The caller becomes its owner. It gets one API key, which becomes known once it is rotated. */
export async function createOrganization(
  dependencies: { readonly organizations: OrganizationStore; readonly identities: IdentityStore },
  person: Person,
  input: OrganizationInput,
  now: Date = new Date(),
): Promise<Membership> {
  const owner = await requireUser(dependencies.identities, person);
  const id = newId(OrganizationId);
  const key = issueKeyFor(id, owner.email, 'First key', defaultExpirationDays, now);
  const organization = {
    id,
    name: input.name,
    description: input.description,
    metadata: input.metadata ?? null,
    createdAt: now,
    modifiedAt: now,
  };
  return dependencies.organizations.create(owner, organization, key, person);
}

/** @throws AppError('invalid_request') for the caller's only organisation */
export async function deleteOrganization(organizations: OrganizationStore, caller: Caller): Promise<void> {
  if (await organizations.delete(caller.scope, requireUserId(caller), caller)) return;
  throw new AppError('invalid_request', 'This is your only organization: create another one before you delete it.');
}

async function requireUser(identities: IdentityStore, person: Person): Promise<User> {
  const user = person.userId === null ? undefined : await identities.findUser(person.userId);
  if (user === undefined) throw new AppError('unauthorized', 'The user account was not found.');
  return user;
}

/** @throws AppError('forbidden') for API keys, which belong to nobody */
export function requireUserId(caller: Caller): UserId {
  if (caller.userId === null) throw new AppError('forbidden', 'This operation requires user authentication.');
  return caller.userId;
}
