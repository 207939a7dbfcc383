/** A few words that the main thread tells its data threads without a message. */
import { type LiveRevision, liveRevision } from '../publish/mirror.ts'

const [WATCHED, OVERDUE, STOPPING] = [1, 2, 3] as const
const WORDS = 4
/** Data threads that may count their connections. */
const PLACES = 16

export interface ThreadWords {
  readonly memory: SharedArrayBuffer
  readonly live: LiveRevision
  /** Somebody watches what passes. */
  watched: boolean
  /** A checkpoint that had to be outside by now is not: nothing is recorded, and so nothing sent. */
  overdue: boolean
  stopping: boolean
  /** Open connections of senders, by thread: see `evenShare`. */
  readonly connections: Int32Array
}

export function threadWords(
  memory = new SharedArrayBuffer((WORDS + PLACES) * Int32Array.BYTES_PER_ELEMENT),
): ThreadWords {
  const words = new Int32Array(memory)
  const is = (at: number): boolean => Atomics.load(words, at) !== 0
  const set = (at: number, value: boolean): void => void Atomics.store(words, at, value ? 1 : 0)
  return {
    memory,
    live: liveRevision(memory),
    connections: words.subarray(WORDS),
    get watched() {
      return is(WATCHED)
    },
    set watched(value) {
      set(WATCHED, value)
    },
    get overdue() {
      return is(OVERDUE)
    },
    set overdue(value) {
      set(OVERDUE, value)
    },
    get stopping() {
      return is(STOPPING)
    },
    set stopping(value) {
      set(STOPPING, value)
    },
  }
}
