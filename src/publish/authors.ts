/** The authors of a change. No author may approve it. */
import type { Actor } from '../model/actor.ts'

/** Anything with authors. */
interface Signed {
  readonly author: string
  readonly coauthors?: readonly string[] | undefined
}

/** For a CONTROL record. */
export function factsOfAuthors({ author, coauthors = [] }: Signed) {
  return { author, ...(coauthors.length === 0 ? {} : { coauthors: coauthors.join() }) }
}

/** True for any of the authors, however often the change was rebased. */
export function isAuthor({ author, coauthors = [] }: Signed, { id }: Actor): boolean {
  return author === id || coauthors.includes(id)
}

/** Distinct; undefined if there are none. */
export function othersThan(author: string, others: readonly string[] = []): readonly string[] | undefined {
  const names = new Set(others.filter((name) => name !== author))
  return names.size === 0 ? undefined : [...names]
}
