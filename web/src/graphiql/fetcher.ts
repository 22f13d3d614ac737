import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { isAsyncIterable } from "@graphiql/toolkit";
import type { DocumentNode, ExecutionResult, OperationDefinitionNode } from "graphql";
import { GraphQLError, Kind, parse } from "graphql";
import { fill, NothingToPutIn } from "./placeholders";
import type { Session } from "./session";

const INTROSPECTION = "IntrospectionQuery";

/** A fetcher that fills in placeholders before it sends, and remembers results by the operation's name. */
export function rememberingFetcher(send: Fetcher, session: Session): Fetcher {
  return async (params, options) => {
    const document = parsed(params.query);
    const operation = document && chosen(document, params.operationName);
    const name = operation?.name?.value;
    if (name === INTROSPECTION || !document || !operation) return send(params, options);

    let filled;
    try {
      filled = fill(params.variables, session.results);
    } catch (error) {
      if (!(error instanceof NothingToPutIn)) throw error;
      if (name) session.forget(name);
      return { errors: [new GraphQLError(error.message)] };
    }
    if (name) session.begin(name, filled.substitutions, operation.operation === "subscription");
    // GraphiQL's own notion of the document lags 100 ms behind the editor: a subscription that is started right after
    // its tab was opened would go over HTTP, under the name of the tab before it.
    const sent: FetcherParams = { ...params, variables: filled.variables };
    if (name) sent.operationName = name;
    const answer = await send(sent, { ...options, documentAST: document });
    if (!name) return answer;
    if (isAsyncIterable(answer)) return observed(answer, name, session);
    session.remember(name, answer);
    return answer;
  };
}

function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined; // the server says what is wrong with it
  }
}

function chosen(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  return operations.length === 1 ? operations[0] : operations.find((node) => node.name?.value === name);
}

/** Not a generator: `return()` of one waits for the next message, so that Stop would not stop. */
function observed(
  stream: AsyncIterable<ExecutionResult>,
  name: string,
  session: Session,
): AsyncIterableIterator<ExecutionResult> {
  const source = stream[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const step = await source.next();
        if (step.done) {
          session.end(name);
        } else {
          session.remember(name, step.value);
          session.message(name, step.value);
        }
        return step;
      } catch (error) {
        session.end(name);
        throw error;
      }
    },
    async return(value?: unknown) {
      session.end(name);
      return (await source.return?.(value)) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
