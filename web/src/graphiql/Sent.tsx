import { useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Substitution } from "./placeholders";
import type { Sent as SentOperation, Session } from "./session";

/** Below the response: what was put in place of placeholders, and the messages of a stream. */
export function Sent({ session }: { session: Session }) {
  const operation = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.title);
  const sent = useSyncExternalStore(session.subscribe, () => session.sent(operation));
  if (!sent || (sent.substitutions.length === 0 && !sent.stream)) return null;
  return (
    <section className="sent" aria-label="About this request">
      {sent.substitutions.length > 0 && <Substitutions substitutions={sent.substitutions} />}
      {sent.stream && <Stream stream={sent.stream} />}
    </section>
  );
}

function Substitutions({ substitutions }: { substitutions: Substitution[] }) {
  return (
    <>
      <h2>Values put in from earlier results</h2>
      <dl>
        {substitutions.map(({ at, value, operation }) => (
          <div key={at}>
            <dt>{at}</dt>
            <dd>
              <code title={line(value)}>{line(value)}</code> from {operation}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Stream({ stream }: { stream: NonNullable<SentOperation["stream"]> }) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [stream.total]);
  const first = stream.total - stream.messages.length + 1;
  return (
    <>
      <h2 role="status">
        {stream.total} {stream.total === 1 ? "message" : "messages"}, {stream.ended ? "the stream has ended" : "listening"}
      </h2>
      <ol ref={list} start={first} tabIndex={0} aria-label="Messages of the stream">
        {stream.messages.map((message, index) => (
          <li key={first + index}>
            <code title={line(message)}>{leaves(message).join(" · ")}</code>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The values of a message without the names of its fields, so that one line says what happened. */
function leaves(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  return typeof value === "object" ? Object.values(value).flatMap(leaves) : [String(value)];
}

const line = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
