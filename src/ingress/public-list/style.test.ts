/** What of the public pages' look can be told from its text: colours against what browsers paint behind them, room, no overflow. */
import { equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { STYLE } from './style.ts'

/** `Canvas` of Chromium, Firefox and Safari. */
const BEHIND = { light: ['#ffffff'], dark: ['#121212', '#1c1b22', '#1e1e1e'] } as const
/** WCAG 2.2, 1.4.3: text that is not large. */
const LEAST = 4.5

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}
/** The colours of `:root`, in the order of the style: light, then dark. */
const COLOURS = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, text = '']) =>
  Object.fromEntries([...text.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])),
)

describe('the public pages’ look', () => {
  test('black on white has the contrast that the standard gives it', () => equal(contrast('#000000', '#ffffff'), 21))

  for (const [index, scheme] of (['light', 'dark'] as const).entries()) {
    const colours = COLOURS[index] ?? {}
    for (const name of ['soft', 'accent'])
      for (const behind of BEHIND[scheme])
        test(`${scheme}: ${name} can be read on ${behind}`, () => {
          ok(contrast(colours[name] ?? behind, behind) >= LEAST)
        })
    test(`${scheme}: a note’s own text can be read on it`, () => {
      ok(contrast(scheme === 'light' ? '#000000' : '#ffffff', colours.note ?? '#808080') >= LEAST)
    })
  }

  test('a word without a place to break is broken, wherever it stands', () => {
    match(STYLE, /^body \{[^}]*overflow-wrap: anywhere/m)
  })

  test('a link that stands by itself has the room that WCAG 2.2, 2.5.8, asks for: 24 px', () => {
    // 1 rem at 1.55 is 24.8 px, once the link is a box.
    match(STYLE, /font: 1rem\/1\.55/)
    match(STYLE, /^li > a \{ display: block; width: fit-content; padding: \.25rem 0 \}$/m)
    match(STYLE, /^dd > a \{ display: inline-block \}$/m)
  })

  test('the keyboard’s place can be seen, and nothing is loaded or runs', () => {
    match(STYLE, /a:focus-visible \{ outline: 3px/)
    ok(!/url\(|@import|expression|animation|transition/.test(STYLE))
  })
})
