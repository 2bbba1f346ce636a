import type { FileTrace } from '../reading/trace';
import { NETWORK_MOCKS } from '../reading/words';
import { markedRequests } from './reading-marks';
import { called, named, assertsIn, ofKind, type Rule } from './rule';

/** A host that no test of this project controls. */
export const externalDependency: Rule = (test, file) => {
  if (isMocked(file)) return [];
  const hosts = new Set<string>();
  const ownHosts = OWN.filter((word) => file.mentions.has(word));
  return ofKind(test.events, 'request').flatMap((request) => {
    const { host } = request;
    if (host === undefined || request.to !== 'served' || request.inTeardown || request.expectsError || !isOutside(host) || hosts.has(host))
      return [];
    const feeds = assertsIn(test).find(
      (assert) =>
        assert.seq > request.seq &&
        (request.task?.joinedAt !== undefined || request.task === undefined || markedRequests(assert.subject).includes(request)),
    );
    if (!feeds) return [];
    hosts.add(host);
    return [
      {
        pattern: 'external_dependency' as const,
        place: request.place,
        probability: ownHosts.length > 0 ? 0.4 : 0.7,
        message: `${called(request)} goes to ${host}, which this project does not run: ${named(feeds)} fails when it is slow, limits, changes or is not reachable.`,
        suggestion: `Answer for ${host} in the test (a local server or a recorded answer), and keep one separate check of the real one.`,
      },
    ];
  });
};

const OWN = ['createServer', 'mock', 'Mock', 'stub'] as const;

function isMocked(file: FileTrace): boolean {
  return (
    NETWORK_MOCKS.some((word) => file.mentions.has(word)) ||
    (file.mentions.has('mock') && (file.mentions.has('fetch') || file.mentions.has('axios')) && file.mentions.has('fn'))
  );
}

/** Names that RFC 2606 and 6761 keep for tests and for this machine, and names without a dot, lead nowhere outside. */
function isOutside(host: string): boolean {
  const name = host.replace(/^.*@/, '').replace(/:\d+$/, '').toLowerCase();
  if (!name.includes('.') || /^(\[|\d+\.\d+\.\d+\.\d+$)/.test(name))
    return /^(?!127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.)\d+\.\d+\.\d+\.\d+$/.test(name);
  return !/(^|\.)(localhost|local|test|example|invalid|internal|lan|home\.arpa|svc|cluster\.local)$/.test(name);
}
