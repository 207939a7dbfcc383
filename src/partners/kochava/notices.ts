/**
 * Notices to Kochava: deletion. Its documentation mentions a job status but not its address. There is no call for an opt-out: it
 * is set on the device, or as a flag of each event.
 */
import { jsonOf } from '../kit/answer.ts'
import { isSuccess, noticeRule } from '../kit/notice-answers.ts'
import type { NoticeIdentifier, NoticeParts } from '../kit/notices.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { KochavaConnection } from './connection.ts'

export const KOCHAVA_NOTICES: NoticeParts<KochavaConnection> = {
  calls: {
    erase: {
      takes: { advertising_id: ['idfa', 'aaid', 'unknown'] },
      reversible: false,
      // Each request is a separate job, under an id created by Kochava.
      idempotent: false,
      certainty: 'A',
      doc: 'Kochava support, Data Subject Request API (support.kochava.com/?p=35485) and Kochava Privacy Request (/reference-information/kochava-privacy-request/), read November 2026',
      under: ({ notices }) => {
        if (notices === undefined) return undefined
        const { account, app, origin } = notices
        return {
          request: ({ identifier, app: { platform } }) => {
            const type = typeOf(identifier, platform)
            if (type === undefined) return undefined
            return {
              method: 'POST',
              origin,
              path: `/accounts/${account}${app === undefined ? '' : `/apps/${app}`}/privacy/scrub`,
              headers: { 'Content-Type': 'application/json', 'Authentication-Key': secretPlaceholder('notices.key') },
              // "DO NOT send any information about a Data Subject other than the data points described above."
              body: JSON.stringify({ device_ids: [{ id_type: type, id_value: identifier.value }] }),
            }
          },
          answer: noticeRule((answer) => {
            if (!isSuccess(answer)) return undefined
            const { status, job_status } = jsonOf(answer)
            if (status !== 'OK') return { state: 'unclear' }
            return job_status === 'completed' ? { state: 'confirmed' } : { state: 'accepted' }
          }),
        }
      },
    },
  },
  otherwise:
    'There is no call for an opt-out: Kochava learns of it from `app_limit_tracking` of later events and from its SDK on the device. A deletion can also be requested by mail to privacy@kochava.com, with account, app GUID, type and id only.',
}

/** "Only … IDFA (Apple/iOS), ADID (Android Advertising ID), and Kochava ID"; the `id_type` of the last is undocumented. */
function typeOf({ kind, isPseudonym }: NoticeIdentifier, platform: 'ios' | 'android' | undefined): string | undefined {
  if (isPseudonym) return undefined
  if (kind === 'idfa' || (kind === 'unknown' && platform === 'ios')) return 'idfa'
  return kind === 'aaid' || (kind === 'unknown' && platform === 'android') ? 'adid' : undefined
}
