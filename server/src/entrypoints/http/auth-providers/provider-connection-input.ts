import { plainText } from '../../../core/shared/index.ts';
import { JsonFields } from '../source-connections/authentication-input.ts';

/** The reference takes 255 at first and refuses more than 64 later. */
export const ProviderConnectionName = plainText({ min: 1, max: 64 });
export const ProviderConnectionDescription = plainText({ max: 255 });
export const ProviderAuthFields = JsonFields.describe("The provider's auth fields.");
