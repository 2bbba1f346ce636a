// How a worker process ends, for whoever started it.

/** No more work, or the execution was cancelled. */
export const EXIT_FINISHED = 0;
/** Nobody answered, or something broke. */
export const EXIT_LOST = 3;
/** The execution does not want it. */
export const EXIT_REFUSED = 4;
/** By a signal, or because whoever started it is gone. */
export const EXIT_STOPPED = 143;
