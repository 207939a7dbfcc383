import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventsIn, termsIn, withName, withTreatment } from './contract-text.ts'
import { placeProblem } from './place-problem.ts'

const TEXT = `# a contract
id: acme
share:
  advertising_id: pass   # agreed with legal
  ip: [24, 48]
when_restricted: { send: limited, share: { place: country } }
`

describe('a contract’s text', () => {
  test('says its terms', () => {
    deepEqual(termsIn(TEXT), {
      share: { advertising_id: 'pass', ip: [24, 48] },
      restricted: { place: 'country' },
      sendsRestricted: 'limited',
    })
    equal(termsIn('share: ['), undefined)
  })

  test('keeps its comments where a cell is set', () => {
    const text = withTreatment(TEXT, 'share', 'ip', '16/32')
    match(text, /# agreed with legal/)
    deepEqual(termsIn(text)?.share.ip, [16, 32])
    deepEqual(termsIn(withTreatment(text, 'share', 'advertising_id', 'nothing'))?.share, { ip: [16, 32] })
  })

  test('takes a field that it did not name', () => {
    deepEqual(termsIn(withTreatment(TEXT, 'share', 'os', 'reduced'))?.share.os, 'reduced')
    deepEqual(termsIn(withTreatment('id: acme\n', 'restricted', 'os', 'reduced'))?.restricted, { os: 'reduced' })
  })
})

describe('a problem of a file', () => {
  const rows: readonly [problem: string, file: string, line: number, text: RegExp][] = [
    ['partners/acme.yaml:12:5 share.oss: not a field class.', 'partners/acme.yaml', 12, /^share\.oss/],
    ['policy.yaml:3:1 date: missing.', 'policy.yaml', 3, /^date/],
    ['something without a place', '', 0, /^something/],
  ]
  for (const [problem, file, line, text] of rows)
    test(`${file}:${line}`, () => {
      const placed = placeProblem(problem)
      deepEqual([placed.file, placed.line], [file, line])
      match(placed.text, text)
    })
})

describe('a name that the inbox prepares', () => {
  const CONTRACT = `id: acme # ours
events:
  Order Completed: { as: purchase, properties: { revenue: value } }
  Application Opened: { as: open }
`

  test('a property gets a line of its own, comments and order kept', () => {
    equal(
      withName(CONTRACT, 'Order Completed', 'coupon_code'),
      CONTRACT.replace('revenue: value', 'revenue: value, coupon_code: coupon_code'),
    )
  })

  test('an event that names no property yet gets its first', () => {
    const text = withName(CONTRACT, 'Application Opened', 'traits.plan')
    equal(/Application Opened: \{ as: open, properties: \{ traits\.plan: plan \} \}/.test(text), true, text)
  })

  test('a name that is taken at the partner is told from it', () => {
    const text = withName(CONTRACT.replace('revenue: value', 'sku: sku'), 'Order Completed', 'products[].sku')
    equal(/products\[\]\.sku"?: products_sku/.test(text), true, text)
  })

  test('an event is named with a word of its own', () => {
    const text = withName(CONTRACT, 'Wishlist Opened', '')
    equal(/Wishlist Opened: \{ as: wishlist_opened, properties: \{ *\} \}/.test(text), true, text)
    deepEqual(eventsIn(text), ['Order Completed', 'Application Opened', 'Wishlist Opened'])
  })

  test('what is named already, and what is no YAML, stays as it is', () => {
    equal(withName(CONTRACT, 'Order Completed', 'revenue'), CONTRACT)
    equal(withName('id: [', 'Order Completed', 'x'), 'id: [')
    deepEqual(eventsIn('id: ['), [])
  })
})
