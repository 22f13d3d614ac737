import { ToolbarButton } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useState } from "react";
import { developmentToken, graphqlUrl, subscriptionUrl } from "../shared/page";
import { EXAMPLES } from "./examples";
import { rememberingFetcher } from "./fetcher";
import { Sent } from "./Sent";
import { Session } from "./session";
import { beginning, restoreExamples } from "./tabs";

/** GraphiQL with the examples of docs/operations as its tabs, and a development token where the server gives one. */
export function Explorer() {
  const [session] = useState(() => new Session(sessionStorage));
  const [fetcher] = useState(() =>
    // No wsClient: so that the headers of the tab are what connection_init carries.
    rememberingFetcher(createGraphiQLFetcher({ url: graphqlUrl(), subscriptionUrl: subscriptionUrl() }), session),
  );
  const [initial] = useState(beginning);
  const [headers] = useState(authorization);
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES.map((example) => ({ ...example, headers }))}
      defaultHeaders={headers}
      initialHeaders={headers}
      initialQuery={initial.initialQuery}
      initialVariables={initial.initialVariables}
      shouldPersistHeaders={false}
      defaultEditorToolsVisibility="variables"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <strong>IntrVu</strong>
        <a href="/docs">API reference</a>
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, copy, merge }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <ToolbarButton onClick={restoreExamples} label="Put the example tabs back (your own tabs close)">
              <RestoreIcon />
            </ToolbarButton>
          </>
        )}
      </GraphiQL.Toolbar>
      <GraphiQL.Footer>
        <Sent session={session} />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

function authorization(): string {
  const token = developmentToken() ?? "a token of yours, from Clerk";
  return JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2);
}

function RestoreIcon() {
  return (
    <svg
      className="graphiql-toolbar-icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M2.5 2.5v4h4M2.9 6.5a5.5 5.5 0 1 1-.4 2.5" />
    </svg>
  );
}
