import type { Substitution } from "./placeholders";

const KEY = "intrvu:graphiql:results";
const SHOWN_MESSAGES = 200;

/** What was sent last under an operation's name, and what came back over a stream. */
export interface Sent {
  substitutions: Substitution[];
  /** Null for an operation that answers once; the latest messages of a subscription otherwise. */
  stream: { messages: unknown[]; total: number; ended: boolean } | null;
}

/**
 * What this browser tab remembers of its operations: each one's latest result, for the placeholders of the next.
 *
 * Results outlive a reload of the page, not the browser tab.
 */
export class Session {
  readonly results = new Map<string, unknown>();
  readonly #sent = new Map<string, Sent>();
  readonly #listeners = new Set<() => void>();

  constructor(private readonly storage: Storage) {
    try {
      const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
      if (typeof stored === "object" && stored !== null) this.results = new Map(Object.entries(stored));
    } catch {
      storage.removeItem(KEY);
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  sent(operation: string | undefined): Sent | undefined {
    return operation === undefined ? undefined : this.#sent.get(operation);
  }

  begin(operation: string, substitutions: Substitution[], isStream: boolean): void {
    this.#show(operation, { substitutions, stream: isStream ? { messages: [], total: 0, ended: false } : null });
  }

  forget(operation: string): void {
    if (this.#sent.delete(operation)) this.#notify();
  }

  remember(operation: string, result: unknown): void {
    const data = dataOf(result);
    if (data === undefined) return;
    this.results.set(operation, data);
    try {
      this.storage.setItem(KEY, JSON.stringify(Object.fromEntries(this.results)));
    } catch {
      // No room: what is in memory serves until the page is reloaded.
    }
  }

  message(operation: string, result: unknown): void {
    const sent = this.#sent.get(operation);
    if (!sent?.stream) return;
    const { messages, total } = sent.stream;
    const kept = [...messages, dataOf(result) ?? result].slice(-SHOWN_MESSAGES);
    this.#show(operation, { ...sent, stream: { messages: kept, total: total + 1, ended: false } });
  }

  end(operation: string): void {
    const sent = this.#sent.get(operation);
    if (sent?.stream) this.#show(operation, { ...sent, stream: { ...sent.stream, ended: true } });
  }

  #show(operation: string, sent: Sent): void {
    this.#sent.set(operation, sent);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function dataOf(result: unknown): object | undefined {
  if (typeof result !== "object" || result === null || !("data" in result)) return undefined;
  return typeof result.data === "object" && result.data !== null ? result.data : undefined;
}
