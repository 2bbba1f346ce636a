/** The reader of sources, with the TypeScript compiler that it stands on: loading it costs 0.2 s of CPU and 60 MB, which only those pay who have something to parse. */
export function sourceReader(): typeof import('./read-source') {
  return require('./read-source') as typeof import('./read-source');
}
