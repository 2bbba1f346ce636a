/** Words that say that money moves or is counted. */
const MONEY = new Set(
  (
    'payment pay paid payer payout payable paypal stripe card iban bank transfer wallet balance deposit withdrawal price pricing cost amount ' +
    'currency money tax vat fee discount coupon voucher credit debit cents checkout cart basket order purchase refund invoice billing bill charge ' +
    'subscription donation sale'
  ).split(' '),
);
/** Words that say that it matters who asks. */
const ACCESS = new Set(
  (
    'auth oauth authentication authenticate authenticated authorization authorisation authorize authorized authorised unauthorized unauthorised ' +
    'login logout signin signup signout register registration password passwd credential secret token jwt session mfa otp 2fa sso saml role ' +
    'permission admin forbidden private privilege acl security impersonate forged signature'
  ).split(' '),
);
/** `order` beside one of these sorts or arranges; it is not bought. */
const SORTS_BEFORE = new Set(['in', 'sort', 'by', 'display', 'alphabetical', 'their', 'reverse', 'random']);
const SORTS_AFTER = new Set(['by', 'of', 'asc', 'desc', 'direction', 'column', 'field']);

/** The words of a name, path or sentence, in lower case and in the singular: `refundOrders` is refund, order. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map(singular);
}

function singular(word: string): string {
  if (word.length <= 3 || MONEY.has(word) || ACCESS.has(word) || word.endsWith('ss') || word.endsWith('us')) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** The first money word of a text; undefined where there is none. */
export function moneyWord(text: string): string | undefined {
  const words = wordsOf(text);
  return words.find(
    (word, at) => MONEY.has(word) && !(word === 'order' && (SORTS_BEFORE.has(words[at - 1] ?? '') || SORTS_AFTER.has(words[at + 1] ?? ''))),
  );
}

/** The first word of a text that says that it matters who asks; undefined where there is none. */
export function accessWord(text: string): string | undefined {
  return wordsOf(text).find((word) => ACCESS.has(word));
}
