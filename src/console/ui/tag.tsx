/** A tag with word, sign and colour: never colour alone. */
import type { ReactNode } from 'react'

export type Tone = 'good' | 'warn' | 'bad' | 'calm'
const SIGNS: Readonly<Record<Tone, string>> = { good: '●', warn: '▲', bad: '■', calm: '○' }

export function Tag({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className={`tag ${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {children}
    </span>
  )
}

/** What a change means for disclosure: more, less, both or nothing. */
export function ChangeTag({ change }: { readonly change: string }) {
  const [sign, word, tone] = CHANGES[change] ?? ['○', change, 'same']
  return (
    <span className={`tag change ${tone}`}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  )
}

const CHANGES: Readonly<Record<string, readonly [sign: string, word: string, tone: string]>> = {
  wider: ['▲', 'more', 'wider'],
  narrower: ['▼', 'less', 'narrower'],
  mixed: ['◆', 'more and less', 'wider'],
  both: ['◆', 'more and less', 'wider'],
  same: ['○', 'no change', 'same'],
  none: ['○', 'no change', 'same'],
  first: ['○', 'first revision', 'same'],
}
