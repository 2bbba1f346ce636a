import { secretMasker } from '@testimony/page';

/** Gives a function that masks the given values, and whatever looks like a credential, in any text. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  return secretMasker(secrets).mask;
}
