/**
 * The meaning of consent categories. A refused category refuses its purposes; refusing advertising is an opt-out of everything
 * advertising needs. Consent to a category opts in to what its purposes need.
 */
import type { RawSignals } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS, FIRST_PURPOSE, SALE, SHARING, SILENT } from '../model/signal.ts'
import { type CategoryReading, purposeBit, readCategories } from './categories.ts'
import { blocked, type DescribedSignal, described, type Found, lift, optedOut, type SignalEntry } from './entry.ts'
import { parseSwitch } from './switches.ts'

export const CATEGORY: SignalEntry = {
  reason: 'category',
  does: 'Refused: its purposes are refused, and advertising is denied. Granted: an opt-in to what they need.',
  read: {},
  rule: (raw, found, context) => {
    const categories = readCategories(raw.categories, context.categories)
    if (categories === undefined) return
    found.consent.categories = categories
    findCategories(categories, found)
  },
  describe: (raw, { categories }) =>
    Object.entries(raw.categories ?? {}).flatMap(([name, texts]) => {
      const signal = `category ${name}`
      const covers = Object.hasOwn(categories, name) ? categories[name] : undefined
      return texts.map(
        (text): DescribedSignal =>
          covers === undefined
            ? { signal, state: 'invalid', problem: 'not mapped to purposes' }
            : described(signal, parseSwitch(text), (granted) => ({ granted, covers })),
      )
    }),
  // Each category granted, refused and absent.
  states: (names) =>
    names.length === 0
      ? []
      : [
          ...names.flatMap((name) => [said([[name, 'true']]), said([[name, 'false']])]),
          ...names.map((refused) => said(names.map((name) => [name, name === refused ? 'false' : 'true']))),
          said(names.map((name) => [name, 'true'])),
        ],
}

function findCategories({ granted, refused, unmapped, malformed }: CategoryReading, found: Found): void {
  const { findings } = found
  if (malformed) findings.push(blocked('category'))
  if (unmapped) findings.push({ ...blocked('category'), why: 'category_unmapped' })
  if (refused !== 0) {
    const dimensions = (refused & purposeBit('advertising')) !== 0 ? ADVERTISING_DIMENSIONS : 0
    findings.push({ ...optedOut('category', 'category'), denies: dimensions | (refused * FIRST_PURPOSE) })
  }
  if (granted === 0) return
  const grantsAdvertising = (granted & purposeBit('advertising')) !== 0
  if (!malformed && !unmapped && refused === 0)
    lift('category', (grantsAdvertising ? ADVERTISING_DIMENSIONS : 0) | (granted * FIRST_PURPOSE), found)
  const permits = grantsAdvertising ? ADVERTISING_DIMENSIONS : SALE | SHARING
  findings.push({ ...SILENT, signal: 'category', permits, why: 'agreed' })
}

function said(answers: readonly (readonly [name: string, answer: string])[]): RawSignals {
  return { categories: Object.fromEntries(answers.map(([name, answer]) => [name, [answer]])) }
}
