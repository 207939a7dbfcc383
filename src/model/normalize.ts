/**
 * Unicode normal forms in linear time. `String.prototype.normalize` sorts the combining marks after a letter in quadratic
 * time if their classes differ. No language has more than 30 in a row (UAX #15, Stream-Safe Text Format). All other source
 * files call this module instead.
 */

const MARKS_IN_A_ROW = 30
/** Includes two half-width sound marks, letters that normalise to marks. */
const RUN_OF_MARKS = /[\p{M}\uff9e\uff9f]+/gu
/** The first mark is U+0300; text below it has none. */
const MAY_HAVE_MARKS = /[^\0-\u02ff]/
/** Ligatures that expand to 18 and 8 characters. */
const SENTENCES = /[\ufdfa\ufdfb]/
const BETWEEN_SENTENCES = /[^\ufdfa\ufdfb]+/gu
/** The maximum length of an id: short enough to sort in any order. */
const FEW = 512

/**
 * For search: both the needle and the haystack MUST be normalised by this function. Drops marks beyond the thirtieth in a row
 * and keeps the two ligatures, so the text grows at most sixfold. Distinct texts can become equal: never use it for identities.
 */
export function normalizedToCompare(text: string, form: 'NFC' | 'NFD' | 'NFKC'): string {
  if (!MAY_HAVE_MARKS.test(text)) return text.normalize(form)
  const safe = text.replace(RUN_OF_MARKS, firstMarks)
  if (form !== 'NFKC' || !SENTENCES.test(safe)) return safe.normalize(form)
  return safe.replace(BETWEEN_SENTENCES, (part) => part.normalize(form))
}

/**
 * For ids and addresses: the exact normal form of anything that can be an id (at most 512 characters), so that stored keys
 * remain valid. Longer text with an unnaturally long run of marks is returned unchanged: truncating it could merge two ids.
 */
export function normalizedIdentity(text: string, form: 'NFC' | 'NFKC'): string {
  return text.length > FEW && hasLongRun(text) ? text : text.normalize(form)
}

function firstMarks(run: string): string {
  return run.length <= MARKS_IN_A_ROW
    ? run
    : Array.from(run.slice(0, 2 * MARKS_IN_A_ROW))
        .slice(0, MARKS_IN_A_ROW)
        .join('')
}

function hasLongRun(text: string): boolean {
  return MAY_HAVE_MARKS.test(text) && text.replace(RUN_OF_MARKS, firstMarks) !== text
}
