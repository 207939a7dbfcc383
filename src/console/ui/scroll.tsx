/** A scrollable region: labelled, and focusable by keyboard, because it may contain no control. */
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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <pre className={className} tabIndex={0}>
      {children}
    </pre>
  )
}
