/** Two readings of one page: what a type writes of its notice cases is what its recording partner reads of the partner's documentation. */
import { deepEqual, equal } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { NoticeFacts } from '../../src/partners/kit/notices.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { ADJUST } from '../support/notice-partners/adjust.ts'
import { APPSFLYER } from '../support/notice-partners/appsflyer.ts'
import { BRANCH } from '../support/notice-partners/branch.ts'
import { KOCHAVA } from '../support/notice-partners/kochava.ts'
import { OPENDSR_2, OPENGDPR_1, SINGULAR } from '../support/notice-partners/opendsr.ts'
import { SITUATIONS, type Situation, type Vendor } from '../support/notice-partners/vendor.ts'
import type { Received } from '../support/partner.ts'

const TYPES = partnerTypes()
const VENDORS: Readonly<Record<string, readonly Vendor[]>> = {
  adjust: [ADJUST],
  appsflyer: [APPSFLYER],
  branch: [BRANCH],
  kochava: [KOCHAVA],
  singular: [SINGULAR],
  webhook: [OPENDSR_2, OPENGDPR_1],
}

/** The processors' certificate is valid then; the cases are older. */
const TODAY = '2026-12-01'

interface Case extends NoticeFacts {
  readonly connection: Connection
}

for (const [type, vendors] of Object.entries(VENDORS)) {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'partners', type, 'cases', 'notices')
  describe(`${type}: what is written and what its partner reads`, () => {
    const read = readdirSync(folder).flatMap((file) => {
      const { connection, ...facts } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case
      const { notices, connection: schema } = TYPES.get(type)!
      const encoder = notices?.calls[facts.verb]?.under(schema.parse(connection) as Connection)
      const request = encoder?.request(facts)
      if (encoder === undefined || request === undefined) return []
      const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), filled(value)])
      const received: Received = { ...request, path: filled(request.path), headers: Object.fromEntries(headers) }
      return vendors.flatMap((vendor) => {
        const reading = vendor.read(received)
        return reading === undefined || reading instanceof Promise
          ? []
          : [{ file, facts, encoder, received, vendor, reading }]
      })
    })
    test('there are some', () => equal(read.length >= 2, true))
    for (const { file, facts, encoder, received, vendor, reading } of read) {
      test(`${file}: nothing is wrong with it`, () => {
        deepEqual(reading.problems, [])
        equal(reading.call, facts.verb)
        equal(reading.identifiers.length, 1)
      })
      for (const situation of SITUATIONS)
        test(`${file}: answered as in ${situation}`, () => {
          const { status, body, headers = {} } = vendor.answer(reading, situation, received, 1)
          const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
          const means = encoder.answer({ status, body, headers: Object.fromEntries(lower) }, { ...facts, today: TODAY })
          equal(MEANS[situation].includes(means.state), true, means.state)
        })
    }
  })
}

/** What each situation may end in, whoever the partner is. */
const MEANS: Readonly<Record<Situation, readonly string[]>> = {
  good: ['confirmed', 'accepted', 'in_progress'],
  refused: ['refused'],
  not_found: ['refused', 'no_match'],
  rate_limited: ['again'],
  malformed: ['unclear'],
  down: ['again'],
}

function filled(text: string): string {
  return text.replace(/\{\{secret:[^}]+\}\}/g, 'a-secret')
}
