/** What the server wrote into the page's `<meta>`; null where it wrote nothing. */
function meta(name: string): string | null {
  const content = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
  // Left as it was where the page did not come through the server.
  return content === "" || content.startsWith("__") ? null : content;
}

/** A token for the development identity; null in production, and where people sign in with Clerk. */
export const developmentToken = (): string | null => meta("intrvu-token");

/** This response's nonce for styles. Browsers hide the attribute, not the property. */
export const styleNonce = (): string | undefined =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce || undefined;

export const graphqlUrl = (): string => new URL("/graphql", location.href).href;

export const subscriptionUrl = (): string => graphqlUrl().replace(/^http/, "ws");
