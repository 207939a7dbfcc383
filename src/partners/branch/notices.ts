/**
 * Notices to Branch: deletion, which it enables on request only. Its status call needs an id of Branch's own, which is not
 * stored. There is no call for an opt-out: it is set on the device, or as a flag of each event.
 */
import { jsonOf } from '../kit/answer.ts'
import { isSuccess, noticeRule } from '../kit/notice-answers.ts'
import type { NoticeIdentifier, NoticeParts } from '../kit/notices.ts'
import { queryOf } from '../kit/query.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { BranchConnection } from './connection.ts'

export const BRANCH_NOTICES: NoticeParts<BranchConnection> = {
  calls: {
    erase: {
      takes: {
        advertising_id: ['idfa', 'aaid', 'unknown'],
        vendor_id: 'any',
        device_id: 'any',
        user_id: 'any',
        partner_id: ['browser_fingerprint_id'],
      },
      reversible: false,
      // Each request is a separate job, under an id created by Branch.
      idempotent: false,
      certainty: 'A',
      doc: 'Branch, Data Subject Request API (help.branch.io/apidocs/data-subject-request, /accesserasure and /overview, read November 2026)',
      under: ({ origin, notices }) => {
        if (notices === undefined) return undefined
        const { app_id } = notices
        return {
          request: ({ identifier, app: { platform } }) => {
            const type = typeOf(identifier, platform)
            if (type === undefined) return undefined
            return {
              method: 'POST',
              origin,
              path: `/v1/gdpr?${queryOf({ app_id })}`,
              headers: { 'Content-Type': 'application/json', 'Access-Token': secretPlaceholder('notices.token') },
              body: JSON.stringify({
                subject_request_type: 'erasure',
                subject_identities: [{ identity_type: type, identity_value: identifier.value, identity_format: 'raw' }],
              }),
            }
          },
          answer: noticeRule((answer) => {
            if (!isSuccess(answer)) return undefined
            // "SUCCESS": fulfilled; "PENDING": "currently in the queue"; "IN_PROGRESS": "currently being acted on".
            switch (jsonOf(answer).request_status) {
              case 'SUCCESS':
                return { state: 'confirmed' }
              case 'PENDING':
              case 'IN_PROGRESS':
                return { state: 'accepted' }
              default:
                return { state: 'unclear' }
            }
          }),
        }
      },
    },
  },
  otherwise:
    'There is no call for an opt-out: Branch learns of it from `limit_ad_tracking` and related flags of later events and from its SDK on the device. Branch’s support enables the deletion call on request; there is no test environment for it.',
}

/** `DEVICE_ID` is any device identifier, including an advertising id; `DEVELOPER_ID` is the app's own user id. */
function typeOf(
  { class: of, isPseudonym }: NoticeIdentifier,
  platform: 'ios' | 'android' | undefined,
): string | undefined {
  if (of === 'user_id') return 'DEVELOPER_ID'
  // Branch has no place for Android's app set id, so it never received one.
  if (isPseudonym || (of === 'vendor_id' && platform === 'android')) return undefined
  return of === 'partner_id' ? 'BROWSER_ID' : 'DEVICE_ID'
}
