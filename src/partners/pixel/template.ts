/** A postback URL with macros, parsed once. */
import { urlProblem } from '../kit/origin.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { findMacro, type Macro, macroNames } from './macros.ts'
import { nearestName } from './nearest.ts'

/** Notations of macros in use: `{x}`, `{{x}}`, `${X}`, `%%X%%`, `__X__`, `[X]`, `(x)`, `#x#`. */
const MACRO =
  /\{secret:(?<secret>\w+)\}|\$\{(?<dollar>\w+)\}|\{\{(?<double>\w+)\}\}|\{(?<single>\w+)\}|%%(?<percent>\w+?)%%|__(?<under>[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)__|\[(?<square>\w+)\]|\((?<round>\w+)\)|#(?<hash>\w+)#/g
/** Text between macros: only characters valid in a path or query (RFC 3986). */
const URL_TEXT = /^(?:[A-Za-z0-9\-._~!$&'*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/

export interface Template {
  readonly origin: string
  /** Alternating texts and macros; texts are URL-safe. */
  readonly parts: readonly (string | Macro)[]
  /** True if a macro signals restrictions. */
  readonly signalsRestriction: boolean
  /** True if the partner receives a transaction id, by which it could de-duplicate. */
  readonly hasTransactionId: boolean
}
export interface TemplateChoices {
  readonly lat?: string | undefined
  readonly adid?: string | undefined
  readonly secrets: readonly string[]
}
export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reports all problems at once; a message names macros and settings, and repeats nothing else of the URL. */
export function parseTemplate(url: string, choices: TemplateChoices): ParsedTemplate {
  const origin = /^https?:\/\/[^/?]*/i.exec(url)?.[0] ?? ''
  const rest = url.slice(origin.length)
  const problems: string[] = []
  const why = urlProblem(origin)
  if (origin.search(MACRO) >= 0) problems.push('a macro in the host: where data goes must not depend on data')
  else if (why !== undefined) problems.push(why)
  const path = rest.startsWith('/') ? rest : `/${rest}`
  const parts: (string | Macro)[] = []
  const unsafe: string[] = []
  const used = new Set<string>()
  let signalsRestriction = false
  let at = 0
  const addText = (text: string): void => {
    if (!URL_TEXT.test(text)) unsafe.push(text)
    parts.push(text)
  }
  for (const found of path.matchAll(MACRO)) {
    addText(path.slice(at, found.index))
    at = found.index + found[0].length
    const { secret, ...named } = found.groups ?? {}
    if (secret !== undefined) {
      used.add(`secret:${secret}`)
      if (!choices.secrets.includes(secret)) problems.push(`{secret:${secret}}, which is not under secrets`)
      parts.push(secretPlaceholder(`secrets.${secret}`))
      continue
    }
    const name = Object.values(named).find((candidate) => candidate !== undefined) ?? ''
    used.add(name.toLowerCase())
    const macro = findMacro(name, choices[name.toLowerCase() as 'lat' | 'adid'])
    if (macro.kind === 'macro') {
      parts.push(macro.fill)
      signalsRestriction ||= macro.signalsRestriction
    } else problems.push(macro.kind === 'unknown' ? unknown(name) : ambiguous(name, macro.meanings))
  }
  addText(path.slice(at))
  if (unsafe.length > 0)
    problems.push('text that a URL cannot hold as it is, or a macro in brackets that are not closed')
  for (const secret of choices.secrets)
    if (!used.has(`secret:${secret}`)) problems.push(`no {secret:${secret}}, though it is under secrets`)
  if (problems.length > 0) return { ok: false, problems }
  const hasTransactionId = used.has('transaction_id') || used.has('message_id')
  return { ok: true, template: { origin: new URL(origin).origin, parts, signalsRestriction, hasTransactionId } }
}

function unknown(name: string): string {
  const names = macroNames()
  const near = nearestName(name, names)
  const hint = near === undefined ? '' : ` Did you mean {${near}}?`
  return `the macro {${name}}, which is not known.${hint} Known: ${names.join(', ')}`
}

function ambiguous(name: string, meanings: readonly string[]): string {
  const key = name.toLowerCase()
  return `the macro {${name}}, which means two things in the field: say ${meanings.map((one) => `${key}: ${one}`).join(' or ')}`
}
