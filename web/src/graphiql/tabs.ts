import { EXAMPLES } from "./examples";

const TABS = "graphiql:tabState";
const EDITORS = ["graphiql:query", "graphiql:variables", "graphiql:headers"];
const RESTORE = "intrvu:graphiql:restore-examples";

interface StoredTabs {
  activeTabIndex: number;
  tabs: { query: string | null; variables: string | null }[];
}

/** What the editors begin with. */
export interface Beginning {
  initialQuery: string;
  initialVariables: string;
}

/**
 * The tab to begin with: the one that was open last, else the first example.
 *
 * GraphiQL matches what it stored of the editors with what it stored of the tabs, and opens one more tab where the two
 * disagree, as they do when the page is reloaded within half a second of a change. So the tabs alone decide.
 */
export function beginning(): Beginning {
  if (sessionStorage.getItem(RESTORE) !== null) {
    sessionStorage.removeItem(RESTORE);
    localStorage.removeItem(TABS);
  }
  for (const key of EDITORS) localStorage.removeItem(key);
  const stored = storedTabs();
  const tab = stored?.tabs[stored.activeTabIndex] ?? EXAMPLES[0];
  return { initialQuery: tab?.query ?? "", initialVariables: tab?.variables ?? "" };
}

/** Reload with the examples in place of whatever is in the tabs. */
export function restoreExamples(): void {
  sessionStorage.setItem(RESTORE, "1");
  location.reload();
}

function storedTabs(): StoredTabs | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(TABS) ?? "null");
    if (typeof stored === "object" && stored !== null && "tabs" in stored && Array.isArray(stored.tabs)) {
      return stored as StoredTabs;
    }
  } catch {
    // GraphiQL starts afresh from such a text, too.
  }
  localStorage.removeItem(TABS);
  return undefined;
}
