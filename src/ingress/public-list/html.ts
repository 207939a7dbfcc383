/** HTML as text with every value escaped: only what this file's `html` builds counts as markup. */

export interface Html {
  readonly markup: string
}
type Part = Html | string | number | readonly Html[]

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: texts.reduce((sum, text, index) => `${sum}${markupOf(parts[index - 1]!)}${text}`) }
}

export const NOTHING: Html = { markup: '' }

function markupOf(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part))
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
}

/** For text and for attribute values in double quotes. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
