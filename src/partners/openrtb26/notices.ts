/**
 * Notices to a bidder: deletion, if it accepts IAB Tech Lab's Data Deletion Request Framework. OpenRTB has no message for an
 * opt-out.
 */
import { DSRDELETE_ERASURE, dsrDeleteUnder } from '../kit/deletion-framework.ts'
import type { NoticeParts } from '../kit/notices.ts'
import type { OpenRtbConnection } from './connection.ts'

const { email: _, ...takes } = DSRDELETE_ERASURE.takes

export const OPENRTB_NOTICES: NoticeParts<OpenRtbConnection> = {
  calls: {
    erase: {
      ...DSRDELETE_ERASURE,
      // A bid request has no field for an e-mail address.
      takes,
      under: ({ dsrdelete }) => (dsrdelete === undefined ? undefined : dsrDeleteUnder(dsrdelete)),
    },
  },
  otherwise:
    'There is no message for an opt-out: no further bid request is sent, or the next one states it (`regs`, `device.lmt`, `Sec-GPC`). Only a deletion reaches what a bidder stores under a synced id. For a bidder without a `dsrdelete.json`, or one that requires its script to be run, use its own page.',
}
