/** Names of the actors in an answer, for staff. An actor removed from the list has none. */
import { z } from 'zod'
import type { ActorBook } from './access/actor-book.ts'

export const NAMES = z.record(z.string(), z.string()).describe('Display names of the actors in this answer, if known.')

export function namesOf(actors: Pick<ActorBook, 'list'>, ids: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    actors
      .list()
      .filter(({ id }) => ids.includes(id))
      .map(({ id, name, subject }) => [id, name ?? subject]),
  )
}
