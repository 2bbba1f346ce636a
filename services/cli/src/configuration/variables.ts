/** A variable that a text named, and what was put in for it. */
export interface UsedVariable {
  readonly name: string;
  readonly value: string;
  /** False when the default after `:-` was taken. */
  readonly fromEnvironment: boolean;
}

export interface Substitution {
  readonly text: string;
  readonly used: readonly UsedVariable[];
  /** Variables without a value and without a default. */
  readonly missing: readonly string[];
  /** `${...}` that is no variable, such as `${A-B}`. */
  readonly malformed: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Puts variables into a text: `${VAR}` must have a value, `${VAR:-default}` takes the default when VAR is unset or
 * empty (as a shell does), `$${` stands for a literal `${`. A value is never read again for references, so that a
 * variable cannot smuggle another one in.
 */
export function substitute(text: string, environment: Readonly<Record<string, string | undefined>>): Substitution {
  const used: UsedVariable[] = [];
  const missing: string[] = [];
  const malformed: string[] = [];
  const result = text.replace(REFERENCE, (whole: string, inner: string | undefined) => {
    if (inner === undefined) return '${';
    const parts = whole.endsWith('}') ? VARIABLE.exec(inner) : null;
    if (!parts) {
      malformed.push(whole);
      return whole;
    }
    const name = parts[1] as string;
    const fallback = parts[2];
    const value = environment[name];
    if (value !== undefined && (value !== '' || fallback === undefined)) {
      used.push({ name, value, fromEnvironment: true });
      return value;
    }
    if (fallback === undefined) {
      missing.push(name);
      return '';
    }
    used.push({ name, value: fallback, fromEnvironment: false });
    return fallback;
  });
  return { text: result, used, missing, malformed };
}
