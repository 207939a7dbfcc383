import type { AccountingWindow } from '../api/queries.ts'
import { countText, plural, reasonSentence } from '../ui/words.ts'
import { type Funnel, funnelOf } from './funnel.ts'

/** Reasons listed separately; the others are summed up. */
const REASONS_SHOWN = 5

export function FunnelView({ window }: { readonly window: AccountingWindow }) {
  const funnel = funnelOf(window)
  const { received, accepted, rejected, duplicate, pairs, withheld, sent, acknowledged } = funnel
  return (
    <section className="card funnel" aria-labelledby="funnel-title">
      <h2 id="funnel-title">What became of it</h2>
      <p className="unit">Events</p>
      <dl className="steps">
        <Step name="Received" count={received} of={received} />
        <Step
          name="Accepted"
          count={accepted}
          of={received}
          note={notes([rejected, 'rejected'], [duplicate, 'duplicate'])}
        />
      </dl>
      <p className="unit">Pairs of event and partner</p>
      <dl className="steps">
        <Step name="To decide" count={pairs} of={pairs} />
        <Step name="Withheld" count={withheld} of={pairs} tone="withheld" />
        <Step name="Sent" count={sent} of={pairs} />
        <Step
          name="Acknowledged"
          count={acknowledged}
          of={pairs}
          note={notes([funnel.dead, 'refused in the end'], [funnel.inDoubt, 'in doubt'])}
        />
        <Step
          name="Waits"
          count={funnel.waits}
          of={pairs}
          note={notes([funnel.expired, 'expired'], [funnel.erased, 'erased'])}
        />
      </dl>
      <Remainder remainder={funnel.remainder} complete={window.complete} />
      <Reasons funnel={funnel} />
    </section>
  )
}

function Step({
  name,
  count,
  of,
  note = '',
  tone = '',
}: {
  readonly name: string
  readonly count: number
  readonly of: number
  readonly note?: string
  readonly tone?: string
}) {
  const percent = of === 0 ? 0 : (100 * count) / of
  return (
    <div className="step">
      <dt>{name}</dt>
      <dd>
        <span className="step-count">{countText(count)}</span>
        <span className={`bar ${tone}`} aria-hidden="true">
          <span className="bar-fill" style={{ width: `${percent}%` }} />
        </span>
        <span className="step-note">{note}</span>
      </dd>
    </div>
  )
}

function notes(...parts: readonly (readonly [count: number, word: string])[]): string {
  return parts.flatMap(([count, word]) => (count === 0 ? [] : [`${countText(count)} ${word}`])).join(', ')
}

function Remainder({ remainder, complete }: { readonly remainder: number; readonly complete: boolean }) {
  const since = complete ? '' : ' The gateway started within this window: what came before is not counted.'
  if (remainder === 0)
    return (
      <p className="remainder good-text">
        <span aria-hidden="true">●</span> Remainder 0: every event and every pair is accounted for.
        <span className="quiet">{since}</span>
      </p>
    )
  return (
    <p className="remainder bad-text" role="alert">
      <span aria-hidden="true">■</span> Remainder {countText(remainder)}: {plural(remainder, 'event or pair')}{' '}
      {remainder === 1 ? 'is' : 'are'} not accounted for. See docs/bad-days.md.
    </p>
  )
}

function Reasons({ funnel: { reasons, withheld } }: { readonly funnel: Funnel }) {
  if (withheld === 0) return null
  const others = reasons.slice(REASONS_SHOWN).reduce((sum, [, count]) => sum + count, 0)
  return (
    <>
      <h3>Why it was withheld</h3>
      <ul className="reasons">
        {reasons.slice(0, REASONS_SHOWN).map(([why, count]) => (
          <li key={why}>
            <span className="reason-count">{countText(count)}</span> <span>{reasonSentence(why)}</span>
          </li>
        ))}
        {others > 0 && (
          <li>
            <span className="reason-count">{countText(others)}</span> <span>For other reasons.</span>
          </li>
        )}
      </ul>
    </>
  )
}
