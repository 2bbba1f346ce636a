import type { Failure, RequestRecord } from '@testimony/contracts';

/** Names of errors that the code itself makes, whatever the system answers. */
const OF_THE_CODE =
  /^(?:SyntaxError|ReferenceError|IndentationError|TabError|NameError|ImportError|ModuleNotFoundError|UnboundLocalError)\b/;
/** Text that was parsed while the test ran is an answer of the system, not code. */
const OF_PARSED_TEXT = /JSON|Unexpected token|Unexpected end of (?:JSON )?input|Unterminated string in/i;
const MODULE_MISSING =
  /^(?:\w*Error: )?Cannot find (?:module|package) |ERR_MODULE_NOT_FOUND|ERR_PACKAGE_PATH_NOT_EXPORTED|does not provide an export named/;
const MODULE_CODES = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNKNOWN_FILE_EXTENSION']);
/** Type errors that no answer can cause, as opposed to reading a property of what an answer did not hold. */
const WRONG_TYPE =
  /^TypeError: (?:.* is not a (?:function|constructor)$|Assignment to constant variable|Class constructor .* cannot be invoked|.*(?:missing|takes|got an unexpected) .*argument)/;
const TYPE_ERROR = /^(?:TypeError|AttributeError)\b/;

/**
 * Why another attempt of the same code must fail the same way, if the failure itself shows that: an error in the test's own code, a module that
 * is not there. Undefined when the system's answer may have a part in it; then only trying again can tell.
 */
export function certainty(failure: Pick<Failure, 'class' | 'message' | 'code'>, requests: readonly RequestRecord[]): string | undefined {
  const { message } = failure;
  if (failure.class !== 'other') return undefined;
  if (MODULE_CODES.has(failure.code ?? '') || MODULE_MISSING.test(message)) return 'a module that it needs is not there';
  if (OF_THE_CODE.test(message) && !OF_PARSED_TEXT.test(message)) return 'the test has an error in its own code';
  if (WRONG_TYPE.test(message)) return 'the test calls what cannot be called so';
  // Without an answer of the system there was nothing that could differ the next time.
  if (TYPE_ERROR.test(message) && requests.length === 0) return 'the test failed on a type error before it asked the system anything';
  return undefined;
}
