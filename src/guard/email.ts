/** E-mail addresses, as people write them and as partners normalise them before hashing. */

const MAX_LOCAL = 64
const MAX_HOST = 255
/**
 * Hosts that ignore points and everything after a plus: Google's guide to enhanced conversions, UID2's normalisation.
 */
const GOOGLE_HOSTS: ReadonlySet<string> = new Set(['gmail.com', 'googlemail.com'])
/** A local part that identifies a user in any text: shorter or plainer ones are words. */
const MIN_LOCAL = 7
/** Local parts that identify no user: role addresses, including those of RFC 2142. */
const ROLES: ReadonlySet<string> = new Set(
  (
    'abuse accounting accounts admin administrator billing bookings bonjour buchhaltung careers compliance contact contacto contato ' +
    'customercare customerservice datenschutz dpo enquiries events feedback finance hallo hello help helpdesk hola hostmaster hr info ' +
    'information inquiries invoice it jobs kontakt kundenservice legal mail mailer-daemon marketing media news newsletter no-reply ' +
    'noreply notifications office order orders partner partners payments postmaster presse press privacy rechnung reservations returns ' +
    'root sales security service services shipping shop staff store subscribe support team tech usenet uucp verkauf webmaster welcome www'
  ).split(' '),
)

/** The canonical spelling: lower case, without a plus tag; for Google without points. '' for other texts. */
export function canonicalEmail(lower: string): string {
  const at = lower.lastIndexOf('@')
  if (at < 1) return ''
  const host = lower.slice(at + 1)
  const plus = lower.indexOf('+')
  const local = plus > 0 && plus < at ? lower.slice(0, plus) : lower.slice(0, at)
  if (!GOOGLE_HOSTS.has(host)) return `${local}@${host}`
  return `${local.replaceAll('.', '')}@gmail.com`
}

/** Every address in a lower-case text, canonical. Looks no further from the sign than an address can reach. */
export function emailsIn(lower: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (let at = lower.indexOf('@'); at >= 0; at = lower.indexOf('@', at + 1)) {
    let start = at
    while (start > 0 && at - start < MAX_LOCAL && isLocal(lower.charCodeAt(start - 1))) start--
    let end = at + 1
    while (end < lower.length && end - at <= MAX_HOST && isHost(lower.charCodeAt(end))) end++
    while (end > at + 1 && lower[end - 1] === '.') end--
    if (start < at && end > at + 1) found.add(canonicalEmail(lower.slice(start, end)))
  }
  return found
}

/** The text without its addresses: many contain a name, and a granted address does not grant the name. */
export function withoutEmails(text: string): string {
  const lower = text.toLowerCase()
  let [kept, from] = ['', 0]
  for (let at = lower.indexOf('@'); at >= 0 && lower.length === text.length; at = lower.indexOf('@', at + 1)) {
    let [start, end] = [at, at + 1]
    while (start > from && at - start < MAX_LOCAL && isLocal(lower.charCodeAt(start - 1))) start--
    while (end < lower.length && end - at <= MAX_HOST && isHost(lower.charCodeAt(end))) end++
    kept += `${text.slice(from, start)} @ `
    from = end
  }
  return kept + text.slice(from)
}

/** The local part if it is distinct from a word: it joins two, or contains a digit. */
export function notableLocal(lower: string): string | undefined {
  const local = lower.slice(0, Math.max(0, lower.lastIndexOf('@')))
  const bare = local.replace(/[._+-]/g, '')
  if (bare.length < MIN_LOCAL || ROLES.has(local) || !/[a-z]/.test(bare)) return undefined
  return bare.length < local.length || /\d/.test(bare) ? local : undefined
}

/** True for a role address: it identifies no user. */
export function isRoleMailbox(email: string): boolean {
  const lower = email.toLowerCase()
  const local = lower.slice(0, Math.max(0, lower.indexOf('@')))
  return ROLES.has(local.split('+', 1)[0]!) || ROLES.has(local.split(/[._-]/, 1)[0]!)
}

/** What partners hash: as written, in lower case, as Google and UID2 normalise it, and without only the tag. */
export function emailSpellings(text: string): readonly string[] {
  const trimmed = text.trim()
  const lower = trimmed.toLowerCase()
  const canonical = canonicalEmail(lower)
  const at = lower.lastIndexOf('@')
  // Some normalise only the local part and leave the host as written.
  const asWritten = at < 0 ? lower : `${canonical.slice(0, canonical.lastIndexOf('@'))}${lower.slice(at)}`
  const plus = lower.indexOf('+')
  const untagged = plus > 0 && plus < at ? lower.slice(0, plus) + lower.slice(at) : lower
  const local = at > 0 ? lower.slice(0, at) : ''
  const spellings = [text, trimmed, lower, trimmed.toUpperCase(), canonical, asWritten, untagged]
  return local.length >= MIN_LOCAL ? [...spellings, local] : spellings
}

/** Letters, digits, the atom characters of RFC 5322 that apps accept in practice, and everything beyond ASCII. */
function isLocal(code: number): boolean {
  return isHost(code) || code === 0x2b || code === 0x5f || code === 0x27
}

function isHost(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d || code > 0x7f
  )
}
