/** Branch, Events API v2. */
import { COUNTRY } from '../../model/field-class.ts'
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { BRANCH_CONNECTION } from './connection.ts'
import { createBranchEncoder } from './encode.ts'
import { BRANCH_NOTICES } from './notices.ts'
import { branchMap } from './redact.ts'
import { respond } from './respond.ts'

export const branch = definePartnerType({
  type: 'branch',
  doc: "Branch API documentation, Logging standard events and SDK privacy controls (as excerpts) [B]; RudderStack's branch transformer and Branch's Android SDK for names [A]; the place of the restriction's further flags and of randomized_device_token in the body [C] (November 2026)",
  // No `idempotent`: Branch accepts no event id, so a repeated event counts twice.
  connection: BRANCH_CONNECTION,
  sample: {
    connection: {
      key: { env: 'KEY' },
      eea: true,
      ip_override: true,
      notices: { app_id: '123456789012345678', token: { env: 'TOKEN' } },
    },
    view: { user_id: 'u-1' },
  },
  abilities: {
    ...passes('advertising_id vendor_id device_id user_id partner_id ip user_agent device os locale property'),
    place: COUNTRY,
  },
  deletion:
    'POST https://api2.branch.io/v1/gdpr with subject_request_type erasure, on request from Branch (Data Subject Request API)',
  secrets: ['key', 'notices.token'],
  /** Not published; far above what one event holds. */
  maxBytes: 32_000,
  encode: createBranchEncoder,
  respond,
  map: branchMap,
  notices: BRANCH_NOTICES,
})
