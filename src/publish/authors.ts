/** Whose work a change is. Nobody approves what they wrote any of. */
import type { Actor } from '../model/actor.ts'

/** What is signed by whoever wrote it. */
interface Signed {
  readonly author: string
  readonly coauthors?: readonly string[] | undefined
}

/** For a CONTROL record. */
export function factsOfAuthors({ author, coauthors = [] }: Signed) {
  return { author, ...(coauthors.length === 0 ? {} : { coauthors: coauthors.join() }) }
}

/** Whoever wrote any of it, however often it was made anew. */
export function isAuthor({ author, coauthors = [] }: Signed, { id }: Actor): boolean {
  return author === id || coauthors.includes(id)
}

/** Each once; undefined where there is nobody. */
export function othersThan(author: string, others: readonly string[] = []): readonly string[] | undefined {
  const names = new Set(others.filter((name) => name !== author))
  return names.size === 0 ? undefined : [...names]
}
