import { describe, expect, test } from 'vitest';
import { newId, OrganizationId, Scope, silentLogger } from '../shared/index.ts';
import { BackgroundEvents } from './background-events.ts';
import type { DomainEvent, EventType } from './domain-event.ts';

const scope = new Scope(newId(OrganizationId));
const event = (type: EventType): DomainEvent => ({ type, at: new Date(), payload: {} });

function open(wanted: readonly EventType[], append: (events: readonly DomainEvent[]) => void = () => undefined) {
  const written: EventType[] = [];
  let asked = 0;
  const events = new BackgroundEvents({
    outbox: {
      append: async (_, told) => {
        append(told);
        written.push(...told.map(({ type }) => type));
      },
    },
    findWanted: async () => {
      asked += 1;
      return new Set(wanted);
    },
    logger: silentLogger,
  });
  return { events, written, asked: () => asked };
}

describe('events in the background', () => {
  test('are written where a subscription wants them, and others are not', async () => {
    const { events, written, asked } = open(['search.completed']);
    for (const type of ['search.started', 'search.completed', 'query.processed'] as const)
      events.record(scope, event(type));
    await events.flush();
    expect(written).toEqual(['search.completed']);
    expect(events.mayWant(scope, ['search.started'])).toBe(false);
    expect(events.mayWant(scope, ['search.started', 'search.completed'])).toBe(true);
    events.record(scope, event('search.started'));
    await events.flush();
    expect([written.length, asked(), events.dropped]).toEqual([1, 1, 0]);
  });

  test('are asked for anew when subscriptions were changed', async () => {
    const { events, asked } = open([]);
    events.record(scope, event('search.started'));
    await events.flush();
    events.forgetWanted(scope);
    expect(events.mayWant(scope, ['search.started'])).toBe(true);
    events.record(scope, event('search.started'));
    await events.flush();
    expect(asked()).toBe(2);
  });

  test('are dropped and counted when there are too many, or they cannot be written', async () => {
    const { events, written } = open(['search.started'], () => {
      if (written.length === 0) throw new Error('the database is gone');
    });
    for (let count = 0; count < 5_010; count += 1) events.record(scope, event('search.started'));
    expect(events.dropped).toBe(10);
    await events.close();
    expect([written.length, events.dropped]).toEqual([0, 5_010]);
    events.record(scope, event('search.started'));
    expect(events.dropped).toBe(5_011);
  });
});
