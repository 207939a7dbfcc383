/** The ways in which a place can say a value. */
import { hash } from 'node:crypto'

/** True where the text is the value, holds it, or is a SHA-256 of it as some partner spells it. */
export function says(text: string, value: string): boolean {
  const [lower, wanted] = [text.trim().toLowerCase(), value.trim().toLowerCase()]
  if (wanted === '') return false
  if (lower === wanted || (wanted.length > 3 && lower.includes(wanted))) return true
  if (wanted.length > 3 && decoded(lower).includes(wanted)) return true
  return (
    /^[0-9a-f]{64}$/.test(lower) && spellingsOf(value).some((spelling) => hash('sha256', spelling, 'hex') === lower)
  )
}

/** Before hashing: trimmed, in any case, letters and digits alone, a phone's digits, an e-mail without dots and tags. */
function spellingsOf(value: string): readonly string[] {
  const trimmed = value.trim()
  const lower = trimmed.toLowerCase()
  const digits = trimmed
    .replace(/(?:ext|x|#).*$/is, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
  const [local = '', domain] = lower.split('@')
  return [
    value,
    trimmed,
    lower,
    trimmed.toUpperCase(),
    lower.replace(/[^\p{L}\p{N}]/gu, ''),
    lower[0] ?? '',
    ...(digits === '' ? [] : [digits, `+${digits}`, trimmed.replace(/\D/g, ''), trimmed.replace(/[^\d+]/g, '')]),
    ...(domain === undefined ? [] : [`${local.split('+')[0]!.replaceAll('.', '')}@${domain}`]),
  ]
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that encodes nothing.
    return text
  }
}
