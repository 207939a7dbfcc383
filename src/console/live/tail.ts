/** Polls the tail while the screen is visible: events with their result at each partner. Kept on this page only. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiProblem, call } from '../api/client.ts'
import { SESSION_KEY } from '../app/session.tsx'
import { joined, NOTHING_SEEN, type Seen } from './joined.ts'

const WAIT_SECONDS = 20
/** Pause between two polls; records from the pause arrive together. */
const PAUSE_MS = 800
const AGAIN_MS = 3_000

/** Stops while the page is hidden or `isOn` is false. */
export function useTail(isOn: boolean): { readonly seen: Seen | undefined; readonly error: unknown; clear(): void } {
  const client = useQueryClient()
  const [seen, setSeen] = useState<Seen>()
  const [error, setError] = useState<unknown>(null)
  const [isVisible, setVisible] = useState(document.visibilityState !== 'hidden')
  useEffect(() => {
    const look = (): void => setVisible(document.visibilityState !== 'hidden')
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  useEffect(() => {
    if (!isOn || !isVisible) return
    const stop = new AbortController()
    const watch = async (): Promise<void> => {
      let after: string | undefined
      while (!stop.signal.aborted) {
        try {
          const query = after === undefined ? {} : { after, wait: WAIT_SECONDS }
          const answer = await call('watchLive', { query, signal: stop.signal })
          after = answer.next
          setSeen((before = NOTHING_SEEN) => joined(before, answer))
          setError(null)
          await rest(answer.more ? 0 : PAUSE_MS, stop.signal)
        } catch (problem) {
          if (stop.signal.aborted) return
          setError(problem)
          if (problem instanceof ApiProblem && problem.status === 401) {
            client.setQueryData(SESSION_KEY, null)
            return
          }
          await rest(AGAIN_MS, stop.signal)
        }
      }
    }
    void watch()
    return () => stop.abort()
  }, [isOn, isVisible, client])
  return { seen, error, clear: () => setSeen((before) => before && { ...before, rows: [], missed: 0 }) }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
