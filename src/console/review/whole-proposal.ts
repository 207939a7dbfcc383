/** A proposal with all that is asked about it. */
import type { AnswerOf } from '../api/client.ts'

export type WholeProposal = AnswerOf<'getProposal'>
export type Draft = AnswerOf<'exportProposal'>
export type Replayed = AnswerOf<'replayRevision'>

/** As the simulator takes it. */
export function draftOf({ files, remove }: Draft) {
  return { files, remove: [...remove], whole: false }
}
