import { describe, expect, it } from 'vitest';
import { describeHttpConnector } from '../testing/http-connector.conformance.ts';
import type { MockAnswer, MockRequest } from '../testing/mock-source.ts';
import { stripe } from './stripe.ts';

/* Answers as Stripe's description has them, for GET /v1/<list>; written for these tests. */

const base = (object: string, id: string) => ({ object, id, created: 1_700_000_000, livemode: false, metadata: {} });
const charges = Array.from({ length: 5 }, (_, index) => ({
  ...base('charge', `ch_${index}`),
  ...{ amount: 1_000 + index, currency: 'eur', captured: true, paid: true, refunded: false, status: 'succeeded' },
  ...{ description: index === 0 ? null : `Order ${index}`, customer: 'cus_1', receipt_url: null },
}));

const lists: Readonly<Record<string, readonly object[]>> = {
  balance_transactions: [
    {
      ...base('balance_transaction', 'txn_1'),
      ...{ amount: 1_000, currency: 'eur', description: null, fee: 59, net: 941, type: 'charge', source: 'ch_1' },
      ...{ fee_details: [{ amount: 59, type: 'stripe_fee' }], reporting_category: 'charge', status: 'available' },
    },
  ],
  charges,
  customers: [
    {
      ...base('customer', 'cus_1'),
      ...{ name: 'Ada Lovelace', email: 'ada@example.com', phone: null, description: 'Counts', delinquent: false },
    },
    { ...base('customer', 'cus_2'), name: null, email: null },
  ],
  events: [
    { ...base('event', 'evt_1'), type: 'charge.succeeded', data: { object: { id: 'ch_1' } }, pending_webhooks: 0 },
  ],
  invoices: [
    {
      ...base('invoice', 'in_1'),
      ...{ customer: 'cus_1', number: 'A-0001', status: 'paid', currency: 'eur', due_date: 1_700_086_400 },
      ...{ amount_due: 1_000, amount_paid: 1_000, amount_remaining: 0 },
    },
  ],
  payment_intents: [
    { ...base('payment_intent', 'pi_1'), amount: 1_000, currency: 'eur', status: 'succeeded', customer: null },
  ],
  payment_methods: [
    {
      ...base('payment_method', 'pm_1'),
      ...{ type: 'card', billing_details: { name: 'Ada' }, customer: { id: 'cus_1' }, card: { last4: '4242' } },
    },
  ],
  payouts: [
    {
      ...base('payout', 'po_1'),
      amount: 900,
      currency: 'eur',
      arrival_date: 1_700_172_800,
      method: 'standard',
      status: 'paid',
    },
  ],
  refunds: [
    { ...base('refund', 're_1'), amount: 100, currency: 'eur', status: 'succeeded', reason: null, charge: 'ch_1' },
  ],
  subscriptions: [
    {
      ...base('subscription', 'sub_1'),
      ...{ customer: 'cus_1', status: 'active', cancel_at_period_end: false, canceled_at: null },
      items: { data: [{ current_period_start: 1_700_000_000, current_period_end: 1_702_592_000 }] },
    },
  ],
};

function answer({ path, query, headers }: MockRequest): MockAnswer | undefined {
  if (headers.authorization === undefined) return { status: 401 };
  if (path === '/v1/balance') {
    return { json: { object: 'balance', livemode: false, available: [{ amount: 5, currency: 'eur' }], pending: [] } };
  }
  const items = lists[path.replace('/v1/', '')] as readonly { readonly id: string }[] | undefined;
  if (items === undefined) return undefined;
  const begin = query.starting_after === undefined ? 0 : items.findIndex(({ id }) => id === query.starting_after) + 1;
  return {
    json: { object: 'list', data: items.slice(begin, begin + 2), has_more: begin + 2 < items.length, url: path },
  };
}

const { mock, readEntities } = describeHttpConnector({
  connector: stripe,
  credentials: { api_key: 'sk_test_0123456789abcdef' },
  handler: answer,
  expectedEntities: {
    ...{ balance: 1, balance_transactions: 1, charges: 5, customers: 2, events: 1, invoices: 1, payment_intents: 1 },
    ...{ payment_methods: 1, payouts: 1, refunds: 1, subscriptions: 1 },
  },
});

describe('stripe', () => {
  it('signs with the key as user name, as Stripe asks', async () => {
    await readEntities();
    const expected = `Basic ${Buffer.from('sk_test_0123456789abcdef:').toString('base64')}`;
    expect(new Set(mock.requests.slice(-5).map(({ headers }) => headers.authorization))).toEqual(new Set([expected]));
  });

  it('makes of a charge what filters and readers expect', async () => {
    const charge = (await readEntities()).find(({ id }) => id === 'ch_1');
    expect(charge).toMatchInlineSnapshot(`
      {
        "breadcrumbs": [
          {
            "entityId": "cus_1",
            "entityType": "StripeCustomerEntity",
            "name": "Customer cus_1",
          },
        ],
        "createdAt": 2023-11-14T22:13:20.000Z,
        "fields": {
          "amount": 1001,
          "captured": true,
          "charge_id": "ch_1",
          "charge_name": "Order 1",
          "created_time": "2023-11-14T22:13:20.000Z",
          "currency": "eur",
          "customer_id": "cus_1",
          "description": "Order 1",
          "invoice_id": null,
          "metadata": {},
          "paid": true,
          "receipt_url": null,
          "refunded": false,
          "updated_time": "2023-11-14T22:13:20.000Z",
          "web_url_value": "https://dashboard.stripe.com/test/payments/ch_1",
        },
        "id": "ch_1",
        "name": "Order 1",
        "text": "**Charge Name**: Order 1
      **Amount**: 1001
      **Currency**: eur
      **Captured**: true
      **Paid**: true
      **Refunded**: false
      **Description**: Order 1",
        "type": "StripeChargeEntity",
        "updatedAt": 2023-11-14T22:13:20.000Z,
        "url": "https://dashboard.stripe.com/test/payments/ch_1",
      }
    `);
  });

  it('fills what moved within Stripe’s objects from where it is now', async () => {
    const entities = await readEntities();
    expect(entities.find(({ id }) => id === 'in_1')?.fields).toMatchObject({
      paid: true,
      due_date: '2023-11-15T22:13:20.000Z',
    });
    expect(entities.find(({ id }) => id === 'sub_1')?.fields).toMatchObject({
      current_period_start: '2023-11-14T22:13:20.000Z',
      current_period_end: '2023-12-14T22:13:20.000Z',
    });
    expect(entities.find(({ id }) => id === 'pm_1')?.fields.customer_id).toBe('cus_1');
  });

  it('records a malformed item and goes on', async () => {
    mock.interfere = ({ path }) =>
      path === '/v1/refunds'
        ? { json: { data: [{ id: 're_bad', created: 'yesterday' }, lists.refunds?.[0]], has_more: false } }
        : undefined;
    const context = {
      config: {},
      credentials: { api_key: 'sk_test_0123456789abcdef' },
      policy: { forbiddenRoots: [] },
    };
    const pages = [];
    for await (const page of stripe.streams.refunds?.read({
      ...context,
      http: mock.http,
      signal: new AbortController().signal,
    }) ?? []) {
      pages.push(page);
    }
    expect(pages).toHaveLength(1);
    expect(pages[0]?.entities.map(({ id }) => id)).toEqual(['re_1']);
    expect(pages[0]?.failures).toMatchObject([{ id: 're_bad', type: 'StripeRefundEntity' }]);
  });

  it.each(['pk_test_0123456789abcdef', 'sk_test_short', 'sk_test_0123456789 abcdef', ''])(
    'refuses the key %j',
    (api_key) => {
      expect(stripe.credentials.safeParse({ api_key }).success).toBe(false);
    },
  );
});
