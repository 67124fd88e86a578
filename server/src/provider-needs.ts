import type { ProviderName, ProviderSettings } from './adapters/model-providers/provider-settings.ts';
import { settingNames } from './adapters/model-providers/setting-names.ts';
import { publicUrl } from './config-values.ts';

/** How messages name the variables that a use of a provider reads. */
export interface ProviderVariables {
  /** Where its key is set. */
  readonly key: string;
  /** Where the address of an API of OpenAI's kind is set. */
  readonly compatibleAddress: string;
  /** Where Azure's address is set, beside the name of the resource. */
  readonly azureAddress: string;
}

/** Of a provider that is named in the configuration: what is missing or of the wrong kind, each to follow "which needs". */
export function providerNeeds(
  provider: ProviderName,
  settings: ProviderSettings,
  variables: ProviderVariables,
): readonly string[] {
  const { apiKey, baseUrl, region, resourceName, accessKeyId, secretAccessKey } = settings;
  const needs: string[] = [];
  if (provider === 'bedrock') {
    if (apiKey === undefined && (accessKeyId === undefined || secretAccessKey === undefined)) needs.push(variables.key);
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? '')) needs.push('AWS_REGION, a region such as eu-central-1');
    return needs;
  }
  if (provider === 'compatible' && baseUrl === undefined) {
    needs.push(`${variables.compatibleAddress}, the address of its API such as http://host:8000/v1`);
  }
  if (provider !== 'compatible' && provider !== 'ollama' && apiKey === undefined) needs.push(variables.key);
  if (provider === 'azure' && baseUrl === undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/i.test(resourceName ?? '')) {
    needs.push(`AZURE_RESOURCE_NAME, the name of the resource alone, or ${variables.azureAddress}`);
  }
  if (baseUrl !== undefined && !publicUrl.safeParse(baseUrl).success) {
    const variable = provider === 'azure' ? 'AZURE_BASE_URL' : settingNames[provider].address;
    needs.push(`${variable} to be an address such as https://proxy.example.com/v1, without user, query or fragment`);
  }
  return needs;
}
