/**
 * `{{Operation.path.to.value}}` in variables: a value of that operation's latest result.
 *
 * Documented for people in docs/operations/README.md; tests/integration/operations does the same in Python.
 */
const PLACEHOLDER = /^\{\{\s*([_A-Za-z]\w*)((?:\.\w+)+)\s*\}\}$/;

export type Results = ReadonlyMap<string, unknown>;

/** One value that was put in: where in the variables, what, and whose result it is from. */
export interface Substitution {
  at: string;
  value: unknown;
  operation: string;
}

export interface Filled {
  variables: unknown;
  substitutions: Substitution[];
}

/** A placeholder for which there is no value yet. The message says what to do. */
export class NothingToPutIn extends Error {}

/** The variables with their placeholders replaced. Throws NothingToPutIn. */
export function fill(variables: unknown, results: Results): Filled {
  const substitutions: Substitution[] = [];
  const visit = (value: unknown, at: string): unknown => {
    if (typeof value === "string") {
      const found = PLACEHOLDER.exec(value);
      if (!found) return value;
      const [, operation = "", path = ""] = found;
      const replaced = look(results, operation, path.slice(1), value);
      substitutions.push({ at, value: replaced, operation });
      return replaced;
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${at}[${index}]`));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, visit(item, at === "" ? key : `${at}.${key}`)]),
      );
    }
    return value;
  };
  return { variables: visit(variables, ""), substitutions };
}

function look(results: Results, operation: string, path: string, placeholder: string): unknown {
  if (!results.has(operation)) {
    throw new NothingToPutIn(`There is no value for ${placeholder} yet: run the operation ${operation} first.`);
  }
  let value: unknown = results.get(operation);
  for (const key of path.split(".")) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  if (value === undefined || value === null) {
    throw new NothingToPutIn(
      `There is no value for ${placeholder}: the latest result of ${operation} has nothing at "${path}". ` +
        `See what ${operation} answered, and run it again.`,
    );
  }
  return value;
}
