/** docs/signals.md has one row for each signal, and names every place that is read; each denies for the reason it names. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { RawSignals } from '../../src/model/event.ts'
import { SIGNAL_NAMES } from '../../src/model/signal.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { findSignals } from '../../src/signals/findings.ts'
import { SIGNAL_ENTRIES, SIGNALS } from '../../src/signals/table.ts'

const page = await readFile(new URL('../../docs/signals.md', import.meta.url), 'utf8')

test('one row a signal, with all five cells', () => {
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \|(.*)\|$/gm)]
  const named = rows.map(([, name]) => name!)
  deepEqual(
    SIGNAL_NAMES.filter((name) => !named.includes(name)),
    [],
  )
  for (const [, name, cells] of rows)
    ok(
      cells!.split('|').every((cell) => cell.trim() !== ''),
      name,
    )
})

const places = SIGNAL_ENTRIES.flatMap(({ read }) => Object.values(read))

test('the in-app keys that are read are named', () => {
  const keys = places.flatMap(({ inApp }) => inApp ?? [])
  ok(keys.length >= 9)
  deepEqual(
    keys.filter((key) => !page.includes(key)),
    [],
  )
})

test('a key that names a signal in a privacy object or a device object names one alone', () => {
  for (const kind of ['keys', 'device'] as const) {
    const keys = places.flatMap((place) => place[kind] ?? [])
    ok(keys.length > 0)
    equal(new Set(keys).size, keys.length)
  }
})

/** For each signal what restricts. */
const RESTRICTING = {
  gpc: { gpc: ['1'] },
  us_privacy: { us_privacy: ['1YYN'] },
  // The US National section: asked about a sale, and opted out of it.
  gpp: { gpp: ['DBABLA~BVQaAAAAAgA'] },
  tcf: { tcf: ['no consent string'] },
  dnt: { dnt: ['1'] },
  lmt: { lmt: ['1'] },
  coppa: { coppa: ['1'] },
  att: { att: ['2'] },
  zeroed_id: { advertising_id: ['zero'] },
  location_permission: { location_permission: ['denied'] },
  age: { age: ['9'] },
  category: { categories: { Advertising: ['false'] } },
} as const satisfies Record<keyof typeof SIGNALS, RawSignals>

test('every signal denies for the reason that its entry names', () => {
  const context = {
    honoured: { gpc: true, dnt: true },
    categories: { Advertising: ['advertising'] },
    decoders: createDecoders(),
    from: 0,
    until: 0,
  } as const
  for (const [name, { reason }] of Object.entries(SIGNALS)) {
    const { findings } = findSignals(RESTRICTING[name as keyof typeof SIGNALS], context)
    const reasons = findings.filter(({ denies }) => denies !== 0).map(({ why }) => why)
    // Of a consent string only one that is none denies by itself: what others refuse depends on the place.
    deepEqual(reasons, [name === 'tcf' ? 'signal_invalid' : reason], name)
  }
})
