import type { FileTrace, RequestEvent, SetEvent, TestTrace } from '../reading/trace';
import { isWrite, sentBy } from '../reading/requests';
import { literalNumber, marksIn, markedRequests } from './reading-marks';
import { recordOf } from './project';
import { SINGLETON } from './shared-resource';
import { assertsIn, called, hasOwnServer, named, ofKind, sameText, segmentsOf, type Found, type Neighbours, type Rule } from './rule';

/** What a test leaves behind for the next one, or finds from the one before. */
export const leakedState: Rule = (test, file, neighbours) => [
  ...left(test, file),
  ...inherited(test, neighbours),
  ...(hasOwnServer(file) ? [] : [...leftInService(test), ...leftByNeighbours(test, neighbours)]),
];

const LEFT: Readonly<Record<SetEvent['what'], readonly [string, string]>> = {
  environment: [
    'the environment variable',
    'Keep the old value and put it back in a finally block or an after hook (monkeypatch.setenv in pytest).',
  ],
  global: ['the global', 'Put the old value back in a finally block or an after hook, or pass the value on instead.'],
  'built-in': [
    'the built-in',
    'Restore it in a finally block or an after hook, or use a stub that restores itself (jest.spyOn with restoreAllMocks).',
  ],
  module: ['the module member', 'Use monkeypatch.setattr or mock.patch, which put it back.'],
  folder: ['the working directory', 'Go back in a finally block or an after hook.'],
  listener: ['a listener', 'Remove it in a finally block or an after hook.'],
  timer: ['a timer', 'Clear it in a finally block or an after hook.'],
  clock: ['a fake clock', 'Call useRealTimers in an after hook.'],
};

function left(test: TestTrace, file: FileTrace): Found[] {
  const sets = ofKind(test.events, 'set');
  // A hook that sets it anew before each test is as good.
  const cleaned = [...file.around, ...test.events].filter(
    (event): event is SetEvent => event.kind === 'set' && (event.inTeardown || event.inHook),
  );
  const told = new Set<string>();
  return sets.flatMap((set, index) => {
    if (set.inTeardown || set.inHook || set.undoes || told.has(`${set.what}${set.name}`)) return [];
    if (isRestored(set, sets.slice(index + 1), cleaned, file)) return [];
    const [what, suggestion] = LEFT[set.what];
    told.add(`${set.what}${set.name}`);
    return [
      {
        pattern: 'leaked_state' as const,
        place: set.place,
        probability: test.native || file.language === 'py' ? 0.6 : file.tests.length > 1 ? 0.45 : 0.3,
        message: `\`${set.place.text}\` sets ${what}${set.what === 'timer' || set.what === 'clock' ? '' : ` ${set.name}`} and nothing here puts it back: tests that run after this one in the same process meet it.`,
        suggestion,
      },
    ];
  });
}

function isRestored(set: SetEvent, later: readonly SetEvent[], cleaned: readonly SetEvent[], file: FileTrace): boolean {
  const matches = (other: SetEvent): boolean =>
    (other.what === set.what && (other.name === set.name || other.name === '*' || set.what === 'folder')) ||
    (set.what === 'environment' && other.name === 'process.env');
  if (cleaned.some(matches) || later.some((other) => other.undoes && matches(other))) return true;
  const restorers: Readonly<Partial<Record<SetEvent['what'], readonly string[]>>> = {
    environment: ['unstubAllEnvs', 'restoreEnv', 'mockedEnv', 'patch'],
    global: ['unstubAllGlobals', 'restore'],
    'built-in': ['restoreAllMocks', 'mockRestore', 'restore'],
    timer: ['clearInterval', 'unref'],
    clock: ['useRealTimers', 'restore', 'uninstall'],
    listener: ['off', 'removeListener', 'removeAllListeners'],
  };
  return (restorers[set.what] ?? []).some((word) => file.mentions.has(word));
}

/** Assertions on what somebody else must have left. */
function inherited(test: TestTrace, neighbours: Neighbours): Found[] {
  const told = new Set<string>();
  const own = [...ofKind(test.events, 'set'), ...ofKind(test.events, 'claim')];
  return assertsIn(test).flatMap((assert) => {
    if (assert.inHook || assert.inTeardown) return [];
    // It may have been sent, and the answer made of it.
    const sent = markedRequests(assert.subject).flatMap((request) =>
      [...sentBy(request)].flatMap(([, value]) => marksIn(value, 'ambient')),
    );
    const ambient = [
      ...marksIn(assert.subject, 'ambient'),
      ...marksIn(assert.expected, 'ambient'),
      ...(assert.relation === 'equal' ? sent : []),
    ].find((mark) => !own.some((each) => each.name === mark.what && (each.inHook || each.place.line <= mark.place.line)));
    const [writer] = ambient
      ? ['environment', 'global']
          .flatMap((what) => neighbours.writersOf(`${what} ${ambient.what}`))
          .concat(neighbours.writersOf(ambient.what))
      : [];
    if (ambient && assert.relation !== 'shape')
      return [
        {
          pattern: 'leaked_state' as const,
          place: ambient.place,
          probability: writer === undefined ? 0.5 : 0.7,
          message: `${named(assert).replace(/^t/, 'T')} depends on \`${ambient.place.text}\`, which this test does not set: ${writer === undefined ? 'what ran before decides' : `${writer} does`}.`,
          suggestion: 'Set what the test needs at its beginning, and put it back at its end.',
        },
      ];
    const [carried] = marksIn(assert.subject, 'carried');
    if (!carried || told.has(carried.name)) return [];
    told.add(carried.name);
    return [
      {
        pattern: 'leaked_state' as const,
        place: carried.place,
        probability: 0.5,
        message: `${named(assert).replace(/^t/, 'T')} reads ${carried.name}, which an earlier test of this file sets: alone, or in another order, this one fails.`,
        suggestion: `Set ${carried.name} in the test itself or in a beforeEach hook.`,
      },
    ];
  });
}

/** What an answer says of a record that this test did not make and others change. */
function leftByNeighbours(test: TestTrace, neighbours: Neighbours): Found[] {
  const requests = ofKind(test.events, 'request');
  const told = new Set<string>();
  return assertsIn(test).flatMap((assert) => {
    if (assert.inHook || assert.relation === 'shape' || assert.relation === 'error' || !assert.expected?.fixed) return [];
    for (const request of markedRequests(assert.subject)) {
      const record = recordOf(request);
      if (
        record === undefined ||
        told.has(record) ||
        requests.some((other) => other.seq < request.seq && isWrite(other) && recordOf(other) === record)
      )
        continue;
      const [writer] = neighbours.writersOf(record);
      // What the test sent comes back whoever was there before.
      const echoes = isWrite(request) && [...sentBy(request)].some(([, value]) => sameText(value, assert.expected));
      if (
        writer === undefined ||
        echoes ||
        (assert.relation === 'status' && (assert.expected.items !== undefined || (literalNumber(assert.expected) ?? 0) >= 400))
      )
        continue;
      told.add(record);
      return [
        {
          pattern: 'leaked_state' as const,
          place: request.place,
          probability: 0.6,
          message: `${called(request)} asks for ${record}, which this test did not make and ${writer} changes: ${named(assert)} depends on which of them runs first.`,
          suggestion: 'Let the test make its own record.',
        },
      ];
    }
    return [];
  });
}

/** A setting of the service that stays changed. */
function leftInService(test: TestTrace): Found[] {
  const requests = ofKind(test.events, 'request').filter((request) => request.to === 'served');
  const asserts = assertsIn(test);
  return requests.flatMap((request, index) => {
    if (!isSetting(request) || request.inTeardown || request.inHook || request.expectsError) return [];
    const status = literalNumber(
      asserts.find((assert) => assert.relation === 'status' && markedRequests(assert.subject).includes(request))?.expected,
    );
    if (status !== undefined && status >= 400) return [];
    const undone = requests
      .slice(index + 1)
      .some(
        (other) =>
          isWrite(other) && (other.path === request.path || segmentsOf(other.path).some((segment) => /^(reset|restore)$/i.test(segment))),
      );
    const wasSet = requests.slice(0, index).some((other) => isWrite(other) && other.path === request.path);
    if (undone || wasSet) return [];
    return [
      {
        pattern: 'leaked_state' as const,
        place: request.place,
        probability: 0.55,
        message: `${called(request)} changes a setting of the service, and this test does not put it back: every later test meets it.`,
        suggestion: 'Read the old value first and put it back in a finally block.',
      },
    ];
  });
}

function isSetting(request: RequestEvent): boolean {
  return (
    isWrite(request) &&
    request.path !== '' &&
    segmentsOf(request.path).some((segment) => SINGLETON.test(segment) && !/^reset$/i.test(segment)) &&
    !segmentsOf(request.path).some((segment) => segment.includes('{}'))
  );
}
