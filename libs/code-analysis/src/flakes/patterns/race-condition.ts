import type { AssertEvent, RequestEvent, TestTrace } from '../reading/trace';
import { isWrite } from '../reading/requests';
import type { Value } from '../reading/value';
import { literalNumber, markedRequests } from './reading-marks';
import { assertsIn, called, hasOwnServer, named, ofKind, segmentsOf, type Found, type Rule } from './rule';

/** Work that nobody waits for, or whose winner is asserted. */
export const raceCondition: Rule = (test, file) => {
  const asserts = assertsIn(test);
  return [
    ...readMeanwhile(test, asserts),
    ...notAwaited(test, asserts, file.mentions.has('@playwright/test')),
    ...assertedBeforeItHappened(test, asserts, hasOwnServer(file)),
    ...winnerAsserted(test, asserts),
    ...pageReadOnce(test, asserts),
  ];
};

function notAwaited(test: TestTrace, asserts: readonly AssertEvent[], usesPlaywright: boolean): Found[] {
  return ofKind(test.events, 'start').flatMap((start) => {
    const { task } = start;
    if (start.polled || start.inTeardown || start.inHook || start.expectsError) return [];
    const isAssertion = task.what === 'expect';
    // Other libraries have assertions of these names that need no wait.
    if (isAssertion && !usesPlaywright && !/resolves|rejects|poll/.test(start.place.text)) return [];
    const next = asserts.find(
      (assert) => assert.seq > start.seq && assert.flow === start.flow && !assert.retries && isChangedBeside(assert.subject, start.seq),
    );
    const read = next && (next.subject.live || next.relation === 'called' ? next.seq : Math.max(next.subject.readAt, start.seq));
    const waited = test.events.some((event) => event.kind === 'wait' && event.seq > start.seq && (read === undefined || event.seq < read));
    if (task.joinedAt !== undefined && (read === undefined || task.joinedAt < read)) return [];
    // A test that ends before its assertion is made passes or fails by chance.
    if (!isAssertion && (!next || waited)) return [];
    if (!isAssertion && ofKind(test.events, 'sleep').some((sleep) => sleep.seq > start.seq && next && sleep.seq < next.seq)) return [];
    return [
      {
        pattern: 'race_condition',
        place: start.place,
        probability: isAssertion ? 0.5 : isRequestLike(task.what) ? 0.8 : 0.6,
        message: isAssertion
          ? `\`${start.place.text}\` gives a promise that nobody waits for: the test can end before the assertion is made.`
          : `Nobody waits for \`${start.place.text}\`, and ${next ? named(next) : 'an assertion'} reads what it changes: whichever is first decides.`,
        suggestion: 'Await it (or collect the promises and await Promise.all of them) before the assertion.',
      },
    ];
  });
}

/** Read from the service after that, or a variable that something beside the test writes; what other calls give may come when it is there. */
function isChangedBeside(subject: Value, since: number): boolean {
  if (markedRequests(subject).some((request) => request.seq > since && !isWrite(request))) return true;
  return subject.live === true && subject.name === undefined && markedRequests(subject).length === 0;
}

/** What a request reads while another one that changes it is still under way. */
function readMeanwhile(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  const requests = ofKind(test.events, 'request');
  return requests.flatMap((write) => {
    const { task } = write;
    if (
      !task ||
      !isWrite(write) ||
      write.to !== 'served' ||
      write.inHook ||
      write.inTeardown ||
      test.events.some((event) => event.kind === 'start' && event.task === task)
    )
      return [];
    const read = requests.find(
      (other) =>
        other.seq > write.seq &&
        other.seq < (task.joinedAt ?? Infinity) &&
        !isWrite(other) &&
        other.flow === write.flow &&
        segmentsOf(other.path)[0] === segmentsOf(write.path)[0],
    );
    const next = read && asserts.find((assert) => markedRequests(assert.subject).includes(read));
    if (!read || !next || test.events.some((event) => event.kind === 'together' && event.requests.includes(read))) return [];
    return [
      {
        pattern: 'race_condition' as const,
        place: write.place,
        probability: 0.75,
        message: `${called(write)} is still under way when ${called(read)} (line ${read.place.line}) is sent, and ${named(next)} reads what it changes.`,
        suggestion: 'Await it before the next request.',
      },
    ];
  });
}

function isRequestLike(what: string): boolean {
  return /^(GET|POST|PUT|PATCH|DELETE|\{\}) |forEach/.test(what);
}

/** Resources that are filled by something that runs after the answer. */
const LATER =
  /^(search|index|analytics|feed|projections?|notifications?|inbox|outbox|leaderboard|recommendations?|jobs?|tasks?|queues?|emails?|mails?|deliveries|webhooks?|read-?model|replicas?|cache|thumbnails?)$/i;
/** Starts something that goes on after the answer. */
const STARTS =
  /^(jobs?|tasks?|queue|enqueue|async|publish|import|imports|export|exports|reindex|process|dispatch|schedule|notify|send|trigger|batch|batches|webhooks?|sync|rebuild|start|run|events|emails?|fulfil(l)?ment|ship|deliver|settle|confirm|index|ingest|callbacks?)$/i;

function assertedBeforeItHappened(test: TestTrace, asserts: readonly AssertEvent[], ownServer: boolean): Found[] {
  if (ownServer) return [];
  const writes = ofKind(test.events, 'request').filter(
    (request) => isWrite(request) && request.to === 'served' && !request.expectsError && !request.inHook,
  );
  const found: Found[] = [];
  const told = new Set<RequestEvent>();
  for (const assert of asserts) {
    if (assert.retries || assert.expectsError || assert.relation === 'shape') continue;
    for (const read of markedRequests(assert.subject)) {
      if (read.method !== 'GET' || read.to !== 'served' || told.has(read) || read.polled) continue;
      // Only what the answer says of the resource, not whether there is one.
      if (
        assert.relation === 'status' &&
        literalNumber(assert.expected) === 200 &&
        segmentsOf(read.path).length > 1 &&
        !writes.some((write) => isAccepted(write, asserts))
      )
        continue;
      const trigger = writes.findLast((write) => write.seq < read.seq);
      if (!trigger || settledBetween(test, trigger, read)) continue;
      const accepted = writes.find((write) => write.seq < read.seq && isAccepted(write, asserts) && !settledBetween(test, write, read));
      const last = segmentsOf(trigger.path).findLast((segment) => segment !== '{}') ?? '';
      const later = segmentsOf(read.path).find((segment) => LATER.test(segment));
      const starts = accepted ?? (STARTS.test(last) ? trigger : undefined);
      const derived = later !== undefined && segmentsOf(read.path)[0] !== segmentsOf(trigger.path)[0];
      if (!starts && !derived) continue;
      told.add(read);
      const from = starts ?? trigger;
      found.push({
        pattern: 'race_condition',
        place: read.place,
        probability: accepted ? 0.75 : starts ? 0.55 : 0.4,
        message: accepted
          ? `${called(from)} only accepts the work (202), and ${named(assert)} reads its outcome from ${called(read)} at once.`
          : `${called(from)} (line ${from.place.line}) starts work that can go on after its answer, and ${named(assert)} reads its outcome from ${called(read)} at once.`,
        suggestion: 'Ask again until the state is there, with a deadline (page.waitFor), and assert on that.',
      });
    }
  }
  return found;
}

/** Something waits between the two: for a condition, or by the clock, which is a finding of its own. */
function settledBetween(test: TestTrace, from: RequestEvent, to: RequestEvent): boolean {
  return test.events.some(
    (event) => ((event.kind === 'wait' && !event.vague) || event.kind === 'sleep') && event.seq > from.seq && event.seq < to.seq,
  );
}

function isAccepted(write: RequestEvent, asserts: readonly AssertEvent[]): boolean {
  return asserts.some(
    (assert) => assert.relation === 'status' && literalNumber(assert.expected) === 202 && markedRequests(assert.subject).includes(write),
  );
}

/** Requests that are under way together and write the same: which of them wins is not decided. */
function winnerAsserted(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  return ofKind(test.events, 'together').flatMap((together) => {
    const { requests } = together;
    for (const assert of asserts) {
      if (assert.seq < together.seq || assert.relation === 'shape' || assert.relation === 'members') continue;
      const remote = assert.subject.marks.filter((mark) => mark.kind === 'remote');
      if (remote.length !== 1) continue;
      const [mark] = remote;
      if (!mark || mark.sorted || mark.counted || !requests.includes(mark.request)) continue;
      const rivals = requests.filter(
        (other) => other !== mark.request && other.path === mark.request.path && isWrite(other) && isWrite(mark.request),
      );
      const mixed = requests.some(
        (other) =>
          other !== mark.request &&
          isWrite(other) &&
          !isWrite(mark.request) &&
          segmentsOf(other.path)[0] === segmentsOf(mark.request.path)[0],
      );
      const picked = requests.length === 1 && mark.position !== undefined && isWrite(mark.request) && assert.relation === 'status';
      const sameAnswer = asserts.filter(
        (other) =>
          other.relation === 'status' && other.subject.marks.some((each) => each.kind === 'remote' && rivals.includes(each.request)),
      );
      const differs = sameAnswer.some(
        (other) => literalNumber(other.expected) !== undefined && literalNumber(other.expected) !== literalNumber(assert.expected),
      );
      if (!mixed && !picked && !(rivals.length > 0 && differs)) continue;
      return [
        {
          pattern: 'race_condition',
          place: together.place,
          probability: 0.7,
          message: mixed
            ? `${called(mark.request)} runs together with a request that changes what it reads, and ${named(assert)} counts on one order.`
            : `Requests that run together compete for ${mark.request.path}, and ${named(assert)} says which of them wins.`,
          suggestion: 'Send them one after the other, or assert on the outcomes regardless of their order (sort them first).',
        },
      ];
    }
    return [];
  });
}

/** `expect(await locator.isVisible()).toBe(true)` looks once, at a page that is still changing. */
function pageReadOnce(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  return asserts.flatMap((assert) => {
    const name = assert.subject.name ?? '';
    if (assert.retries || assert.negated || !name.startsWith('fixtures.page.')) return [];
    const reader =
      /\.(isVisible|isHidden|isEnabled|isDisabled|isChecked|textContent|innerText|inputValue|getAttribute|count|allTextContents|allInnerTexts|title|url|innerHTML)\(\)$/.exec(
        name,
      );
    const act = ofKind(test.events, 'act').findLast(({ seq }) => seq < assert.seq);
    if (
      !reader ||
      !act ||
      test.events.some(
        (event) => ((event.kind === 'wait' && !event.vague) || event.kind === 'sleep') && event.seq > act.seq && event.seq < assert.seq,
      )
    )
      return [];
    return [
      {
        pattern: 'race_condition',
        place: assert.place,
        probability: 0.4,
        message: `\`${assert.place.text}\` looks at the page once (${reader[1] ?? ''}), and the page may still be changing.`,
        suggestion: 'Use an assertion that tries again, such as await expect(locator).toBeVisible() or toHaveText().',
      },
    ];
  });
}
