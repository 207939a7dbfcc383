/** One line a change of state, with who did it by name: for whoever reads the log beside the ledger. */
import type { Log } from '../observe/log.ts'

type Facts = Readonly<Record<string, string | number>>

export interface ChangeLog {
  /** An action of a CONTROL record; those that are no change of state say nothing. */
  tell(action: string, facts: Facts): void
  /** Who an actor's reference is, from the moment at which that can be asked. */
  nameBy(nameOf: (actor: string) => string | undefined): void
}

/** `%` stands for who did it. */
const SENTENCES: Readonly<Record<string, string>> = {
  published: 'published by %',
  proposed: 'proposed by %: waits for another person',
  proposal_rejected: 'proposal turned down by %',
  proposal_withdrawn: 'proposal withdrawn by %',
  lapsed: 'what was granted for a time has ended',
  rollout_stopped: 'a rollout stopped by itself',
  stopped: 'stopped by %',
  resumed: 'resumed by %',
}

export function createChangeLog(log: Pick<Log, 'info' | 'warn'>): ChangeLog {
  let nameOf: (actor: string) => string | undefined = () => undefined
  const named = (actor: string | number | undefined): string => {
    const id = String(actor ?? '')
    return nameOf(id) ?? id
  }
  return {
    tell: (action, { author, by, coauthors, approved_by: approved, ...facts }) => {
      const sentence = SENTENCES[action]
      if (sentence === undefined) return
      const others = {
        ...(coauthors === undefined ? {} : { with: String(coauthors).split(',').map(named).join() }),
        ...(approved === undefined ? {} : { approved_by: String(approved).split(',').map(named).join() }),
      }
      const level = action === 'stopped' || action === 'rollout_stopped' || action === 'proposed' ? 'warn' : 'info'
      log[level]({ ...facts, ...others }, sentence.replace('%', named(by ?? author)))
    },
    nameBy: (names) => {
      nameOf = names
    },
  }
}
