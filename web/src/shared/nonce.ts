import { styleNonce } from "./page";

/**
 * Gives every `<style>` that a script makes the page's nonce.
 *
 * Monaco and the menus inject style elements and know of no nonce. With this, the page's Content-Security-Policy can
 * refuse every other inline style element, whoever wrote it into the HTML. Import it before whatever injects.
 */
export function nonceForInjectedStyles(): void {
  const nonce = styleNonce();
  if (nonce === undefined) return;
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}

nonceForInjectedStyles();
