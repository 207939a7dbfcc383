/**
 * Notices to AppsFlyer: deletion through its OpenDSR API, with a status call. There is no call for an opt-out: it is set on the
 * device, or as a flag of each event.
 */
import type { AppFacts } from '../../model/values.ts'
import { jsonOf } from '../kit/answer.ts'
import { again } from '../kit/notice-answers.ts'
import type { NoticeAnswer, NoticeIdentifier, NoticeParts } from '../kit/notices.ts'
import { type OpenDsrIdentity, openDsrErasure } from '../kit/opendsr.ts'
import { type PartnerAnswer, secretPlaceholder } from '../kit/type.ts'
import { type AppsFlyerConnection, platformOf } from './connection.ts'

export const APPSFLYER_NOTICES: NoticeParts<AppsFlyerConnection> = {
  calls: {
    erase: {
      takes: {
        advertising_id: ['idfa', 'aaid', 'amazon', 'unknown'],
        vendor_id: 'any',
        user_id: 'any',
        partner_id: ['appsflyer_id'],
      },
      reversible: false,
      // A repeated id is answered with e213.
      idempotent: true,
      certainty: 'A',
      doc: "AppsFlyer's OpenDSR API (dev.appsflyer.com, OpenAPI description 1.0, 30 March 2026; api-evangelist/appsflyer dbd47627)",
      under: (connection) => {
        const { app_id, notices } = connection
        if (notices === undefined) return undefined
        const platform = platformOf(connection)
        return openDsrErasure({
          origin: notices.origin,
          path: '/api/gdpr/v1/opendsr_requests',
          headers: { Authorization: `Bearer ${secretPlaceholder('notices.token')}` },
          members: { property_id: app_id },
          identityOf: (identifier) => identityOf(identifier, platform),
          errorOf,
        })
      },
    },
  },
  otherwise:
    'There is no call for an opt-out: AppsFlyer learns of it from `sharing_filter` and `att` or `aie` of later events and from its SDK on the device (`stop`, the sharing filter). It knows a customer’s id only if a login or registration event carried it.',
}

/** `SubjectIdentity` of the API description: raw values, of the app's own platform (e319). */
function identityOf(
  { class: of, kind, value, isPseudonym }: NoticeIdentifier,
  platform: NonNullable<AppFacts['platform']>,
): OpenDsrIdentity | undefined {
  const type = typeOf(of, kind, platform)
  // The customer id is whatever AppsFlyer received as one; a device id is never a pseudonym.
  if (type === undefined || (isPseudonym && type !== 'customer_user_id')) return undefined
  return { identity_type: type, identity_value: value, identity_format: 'raw' }
}

function typeOf(of: NoticeIdentifier['class'], kind: string, platform: 'ios' | 'android'): string | undefined {
  switch (of) {
    case 'user_id':
      return 'customer_user_id'
    case 'partner_id':
      return 'appsflyer_id'
    case 'vendor_id':
      return platform === 'ios' ? 'idfv' : undefined
    case 'advertising_id': {
      const known = kind === 'unknown' ? (platform === 'ios' ? 'idfa' : 'aaid') : kind
      if (platform === 'ios') return known === 'idfa' ? 'ios_advertising_id' : undefined
      return ANDROID_IDS[known]
    }
    default:
      return undefined
  }
}
const ANDROID_IDS: Readonly<Record<string, string>> = {
  aaid: 'android_advertising_id',
  amazon: 'fire_advertising_id',
}

/** `af_gdpr_code` of an error. Other codes concern the request itself, which does not change. */
function errorOf(answer: PartnerAnswer): NoticeAnswer | undefined {
  const { error } = jsonOf(answer)
  const { af_gdpr_code: code } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly af_gdpr_code?: unknown
  }
  switch (code) {
    // "Request already exists": an earlier attempt arrived.
    case 'e213':
      return { state: 'in_progress' }
    // "One or more subject-identities already exist in an open request": their deletion is under way, under another id.
    case 'e215':
      return { state: 'accepted' }
    // "Request not found", from a status call.
    case 'e214':
      return { state: 'again' }
    // "Internal problem. Wait 60 mins and try again".
    case 'e511':
      return again(answer, HOUR_MS)
    default:
      return undefined
  }
}
const HOUR_MS = 3_600_000
