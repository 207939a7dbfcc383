/**
 * Unicode normal forms in time that grows with the text and no faster. `String.prototype.normalize` sorts the marks that
 * stand behind one letter, and takes the square of their number where they are of differing class. No language has more
 * than 30 in a row (UAX #15, Stream-Safe Text Format). Nothing else in the sources calls it.
 */

const MARKS_IN_A_ROW = 30
/** Two sound marks of half width are letters that become marks. */
const RUN_OF_MARKS = /[\p{M}\uff9e\uff9f]+/gu
/** The first mark is U+0300; texts below it have none. */
const MAY_HAVE_MARKS = /[^\0-\u02ff]/
/** Whole sentences in one character, which become 18 and 8. */
const SENTENCES = /[\ufdfa\ufdfb]/
const BETWEEN_SENTENCES = /[^\ufdfa\ufdfb]+/gu
/** As many as an id may have: so few are sorted at once, however they stand. */
const FEW = 512

/**
 * For whatever is looked for, and whatever it is looked for in: both must come through here. Marks behind the thirtieth of
 * a row are left out, and the two characters that become whole sentences stay what they are; so the text becomes at most
 * six times as long. Texts that differ in those alone become one: not for identities.
 */
export function normalizedToCompare(text: string, form: 'NFC' | 'NFD' | 'NFKC'): string {
  if (!MAY_HAVE_MARKS.test(text)) return text.normalize(form)
  const safe = text.replace(RUN_OF_MARKS, firstMarks)
  if (form !== 'NFKC' || !SENTENCES.test(safe)) return safe.normalize(form)
  return safe.replace(BETWEEN_SENTENCES, (part) => part.normalize(form))
}

/**
 * For ids and addresses: the normal form itself, with every mark, for whatever can be an id (512 characters at most), so
 * that what is stored under it stays found. A longer text with more marks in a row than any language has stays as it
 * came: cut, two ids would become one, and one person's opt-out another's.
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
