/** Who did something, by name where there is one. */

const WORDS: Readonly<Record<string, string>> = {
  files: 'the configuration files',
  gateway: 'the gateway itself',
}
/** Digits of a reference that has no name. */
const SHORT = 8

export function whoText(id: string, names: Readonly<Record<string, string>>): string {
  return names[id] ?? WORDS[id] ?? `somebody no longer listed (${id.slice(0, SHORT)})`
}
