/** Tasks that wait for staff, each with a link to its screen. */
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'
import { healthSentence } from '../../model/partner-health.ts'
import { type Waiting, waitingQuery } from '../api/queries.ts'
import { Unread } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { spanText, timeText } from '../ui/words.ts'

export function WaitingView() {
  const waiting = useQuery(waitingQuery)
  return (
    <section className="card" aria-labelledby="waiting-title">
      <h2 id="waiting-title">Waits for a person</h2>
      {waiting.data === undefined ? (
        <Unread of={waiting} what="what waits" />
      ) : waiting.data.length === 0 ? (
        <p className="calm-line">Nothing waits.</p>
      ) : (
        <ul className="waiting">
          {waiting.data.map((one) => (
            <li key={`${one.kind} ${one.id}`}>
              <Tag tone={one.tone}>
                <Place path={one.path}>{sentenceOf(one)}</Place>.{' '}
                {one.next !== '' && <span className="quiet">{one.next}.</span>}
              </Tag>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function sentenceOf(one: Waiting): string {
  const now = Date.now()
  return healthSentence(one, { time: (at) => timeText(at, now), span: spanText }, now)
}

/** A link, if the task has a screen. */
function Place({ path, children }: { readonly path: string; readonly children: ReactNode }) {
  const { history } = useRouter()
  if (path === '/') return children
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    history.push(path)
  }
  return (
    <a href={path} onClick={follow}>
      {children}
    </a>
  )
}
