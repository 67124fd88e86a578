import { describe, expect, it } from 'vitest';
import { newId, OrganizationId, Scope } from '../shared/index.ts';
import { requireFeatures } from './require-features.ts';

const field = { title: 'Field', description: '', type: 'string', required: false } as const;
const connector = {
  shortName: 'jira',
  configFields: [
    { ...field, name: 'plain' },
    { ...field, name: 'flagged', featureFlag: 'zephyr_scale' },
  ],
};
const without = (...flags: readonly string[]) => ({
  listSwitched: async () => flags.map((flag) => ({ flag, isEnabled: false })),
});
const scope = new Scope(newId(OrganizationId));

describe('features of sources', () => {
  it('let everything through where the organisation has them', async () => {
    const flaggedSource = { ...connector, featureFlag: 'sharepoint_2019_v2' };
    await requireFeatures(without(), scope, flaggedSource, { plain: 'a', flagged: 'b' });
    await requireFeatures(undefined, scope, flaggedSource, { flagged: 'b' });
  });

  it('hide a source that needs one', async () => {
    const flaggedSource = { ...connector, featureFlag: 'sharepoint_2019_v2' };
    await expect(requireFeatures(without('sharepoint_2019_v2'), scope, flaggedSource, null)).rejects.toMatchObject({
      code: 'not_found',
      message: "Source 'jira' not found",
    });
  });

  it('refuse a field that needs one, and only when it is given', async () => {
    const features = without('zephyr_scale');
    await requireFeatures(features, scope, connector, { plain: 'a', flagged: null });
    await expect(requireFeatures(features, scope, connector, { flagged: 'b' })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining("'flagged' needs the feature 'zephyr_scale'"),
    });
  });
});
