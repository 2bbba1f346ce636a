/** Ours, or of the tool that started us: test code has no business with them. */
const KEPT_BACK = /^(DATABASE_URL|PG[A-Z]+|TESTIMONY_.*|E2E_.*|NODE_OPTIONS|NODE_COMPILE_CACHE|npm_.*|INIT_CWD)$/;

/** The user's environment as test code may see it: without our database and settings. */
export function testEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && !KEPT_BACK.test(entry[0])),
  );
}
