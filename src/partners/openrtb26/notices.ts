/**
 * What a bidder can be told: a deletion, where it takes them by IAB Tech Lab's Data Deletion Request Framework. An opt-out has
 * no message of its own in OpenRTB.
 */
import { DSRDELETE_ERASURE, dsrDeleteUnder } from '../kit/deletion-framework.ts'
import type { NoticeParts } from '../kit/notices.ts'
import type { OpenRtbConnection } from './connection.ts'

const { email: _, ...takes } = DSRDELETE_ERASURE.takes

export const OPENRTB_NOTICES: NoticeParts<OpenRtbConnection> = {
  calls: {
    erase: {
      ...DSRDELETE_ERASURE,
      // A bid request has no place for an e-mail address.
      takes,
      under: ({ dsrdelete }) => (dsrdelete === undefined ? undefined : dsrDeleteUnder(dsrdelete)),
    },
  },
  otherwise:
    'An opt-out has no message of its own: no bid request goes any more, or the next one says so (`regs`, `device.lmt`, `Sec-GPC`). What a bidder keeps under a synced id is reached by a deletion only, and one that publishes no `dsrdelete.json`, or asks for its script to be run, by its own page only.',
}
