/**
 * The agent's standing with the server: hello, and every question asked until it has an answer.
 * Promises: transient trouble is waited out, for as long as it takes; a server that does not know this agent (any more) is
 * greeted again, by one hello for all who ask; a server that turns the agent away ends it, with the sentence.
 * Never: a second meaning for an answer. That a run is lost or a request refused goes to whoever asked.
 */
import type { HelloAnswer, HelloRequest } from '../protocol/verbs.ts';
import type { AgentLog } from './agentLog.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import { createPersistence } from './persistence.ts';

export interface MembershipDeps {
  link: Link;
  request: HelloRequest;
  log: AgentLog;
  /** Monotonic, in ms. */
  tick(): number;
  /** 0 ≤ n < 1. */
  random(): number;
  /** Called when the server has turned this agent away after it was accepted once. */
  onFatal(error: LinkError): void;
}

export interface Membership {
  /** What the last hello said. */
  readonly facts: HelloAnswer;
  /** Whether the last question was answered. */
  readonly connected: boolean;
  /**
   * Asks until there is an answer. Rejects with a LinkError: lost and refused as they come, fatal, or closed after `leave`.
   * `question` is called anew for each try, because the agent's id may have changed.
   */
  ask<T>(question: (agentId: string) => Promise<T>): Promise<T>;
  /** Says hello once more with what was not known at the first one. Never rejects: without an answer the next hello tells it. */
  tell(more: Partial<HelloRequest>): Promise<void>;
  /** Nothing is asked any more; whoever waits is told so. */
  leave(): void;
}

/** Greetings within this time of each other are kept apart, in ms: two agents of one name must not chase each other. */
const CALM_MS = 60_000;

/** Says hello until it is answered. Rejects with a fatal LinkError only. */
export async function createMembership({ link, request: first, log, tick, random, onFatal }: MembershipDeps): Promise<Membership> {
  let request = first;
  const persistence = createPersistence({ log, random });
  const greet = () => persistence.persist(() => link.hello(request));
  let facts = await greet();
  let greeting: Promise<void> | null = null;
  let [generation, greetings, greetedAt] = [0, 0, tick()];

  async function greetAgain(reason: string): Promise<void> {
    greetings = tick() - greetedAt > CALM_MS ? 1 : greetings + 1;
    greetedAt = tick();
    log.warn({ reason, greetings }, 'The server does not know this agent any more: saying hello again');
    if (greetings > 1) await persistence.backOff(greetings);
    try {
      facts = await greet();
      generation += 1;
    } catch (error) {
      if (error instanceof LinkError && error.kind === 'fatal') onFatal(error);
      throw error;
    }
  }

  return {
    get facts() { return facts; },
    get connected() { return persistence.connected; },
    async ask(question) {
      for (;;) {
        const asked = generation;
        try {
          return await persistence.persist(() => question(facts.agentId));
        } catch (error) {
          if (!(error instanceof LinkError) || error.kind !== 'unknown') throw error;
          // Somebody else's hello may have been answered since this question was asked.
          if (asked !== generation) continue;
          greeting ??= greetAgain(error.message).finally(() => { greeting = null; });
          await greeting;
        }
      }
    },
    async tell(more) {
      request = { ...request, ...more };
      await greet().catch((error: unknown) => { if (error instanceof LinkError && error.kind === 'fatal') onFatal(error); });
    },
    leave() {
      persistence.end();
      link.close();
    },
  };
}
