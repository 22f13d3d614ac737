/** The operations of docs/operations, in the order of their numbers; what GraphiQL opens with. */
export interface Example {
  query: string;
  variables: string;
}

const ROOT = "../../../docs/operations/";
const documents = import.meta.glob<string>("../../../docs/operations/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});
const variables = import.meta.glob<string>("../../../docs/operations/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const EXAMPLES: readonly Example[] = Object.keys(documents)
  .sort()
  .map((path) => ({
    query: documents[path]!.trimEnd(),
    variables: variables[`${ROOT}${path.slice(ROOT.length).replace(/\.graphql$/, ".json")}`]?.trimEnd() ?? "",
  }));
