import { DomainError } from '@testimony/contracts';
import type { ExpectedVersion } from './api';

/** Somebody else appended first: load the stream again and decide anew ({@link handleCommand} does). */
export class VersionConflict extends DomainError {
  constructor(
    readonly stream: string,
    readonly expected: ExpectedVersion,
    /** The version the stream has. */
    readonly actual: number,
  ) {
    super('version-conflict', `${stream} changed meanwhile: it is at version ${actual}, not ${expected}. Load it again and repeat.`, 409);
    this.name = 'VersionConflict';
  }
}
