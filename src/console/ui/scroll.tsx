/** What scrolls by itself: named where it is a region, and a stop of the Tab key, since no control within it need be one. */
import type { ReactNode, Ref } from 'react'

export function Scroll({
  label,
  className = 'sideways',
  region,
  children,
}: {
  readonly label: string
  readonly className?: string
  readonly region?: Ref<HTMLElement>
  readonly children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard.
    <section ref={region} className={className} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}

/** Preformatted text of any length. */
export function ScrollText({
  className = 'proof-text',
  children,
}: {
  readonly className?: string
  readonly children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard.
    <pre className={className} tabIndex={0}>
      {children}
    </pre>
  )
}
