/** An actor, by name if known. */

const WORDS: Readonly<Record<string, string>> = {
  files: 'the configuration files',
  gateway: 'the gateway itself',
}
/** Digits shown of a reference without a name. */
const SHORT = 8

export function whoText(id: string, names: Readonly<Record<string, string>>): string {
  return names[id] ?? WORDS[id] ?? `removed actor (${id.slice(0, SHORT)})`
}
