/** A proposal with everything the screen needs. */
import type { AnswerOf } from '../api/client.ts'

export type WholeProposal = AnswerOf<'getProposal'>
export type Draft = AnswerOf<'exportProposal'>
export type Replayed = AnswerOf<'replayRevision'>

/** In the simulator's form. */
export function draftOf({ files, remove }: Draft) {
  return { files, remove: [...remove], whole: false }
}
