/**
 * Notices to Adjust. Sharing is disabled and enabled per device. A device that was ever disabled stays out of every audience,
 * even after sharing is enabled again, so a contract has to opt in. Deletion is final, for this app only: Adjust ignores the
 * device afterwards.
 */
import type { AppFacts } from '../../model/values.ts'
import { isDeviceUuid, lowerCaseUuid, upperCaseUuid } from '../kit/advertising-id.ts'
import { jsonOf } from '../kit/answer.ts'
import { isSuccess, noticeRule } from '../kit/notice-answers.ts'
import type { NoticeCall, NoticeIdentifier, NoticeParts } from '../kit/notices.ts'
import { queryOf } from '../kit/query.ts'
import { type PartnerAnswer, secretPlaceholder } from '../kit/type.ts'
import type { AdjustConnection } from './connection.ts'

const SHARING_DOC =
  'Adjust help center, Re-enable/disable third-party sharing via S2S (help.adjust.com/en/article/re-enable-disable-3rd-party-sharing-s2s, read November 2026)'
const ERASURE_DOC =
  'Adjust developer documentation, Data erasure API (dev.adjust.com/en/api/s2s-api/data-erasure-api, read November 2026)'

/** "The API supports the same device IDs supported by other Adjust S2S APIs." */
const TAKES = {
  advertising_id: ['idfa', 'aaid', 'amazon', 'unknown'],
  vendor_id: 'any',
  partner_id: ['adid'],
} as const

function sharing(word: 'disable' | 'enable'): NoticeCall<AdjustConnection> {
  return {
    takes: TAKES,
    reversible: word === 'enable',
    // A switch: repeating it changes nothing.
    idempotent: true,
    certainty: 'A',
    doc: SHARING_DOC,
    under: ({ app_token, origin, security_token }) => ({
      request: ({ identifier, app }) => {
        const device = deviceOf(identifier, app)
        if (device === undefined) return undefined
        return {
          method: 'POST',
          origin,
          path: '/third_party_sharing',
          headers: {
            'Content-Type': 'application/x-www-form-urlencoded',
            ...(security_token === undefined ? {} : { Authorization: `Bearer ${secretPlaceholder('security_token')}` }),
          },
          body: queryOf({ s2s: 1, app_token, sharing: word, ...device }),
        }
      },
      // "You will receive the following for a successful response"; an error is a 400.
      answer: noticeRule((answer) => {
        const { status, error } = jsonOf(answer)
        if (isSuccess(answer)) return status === 'OK' ? { state: 'confirmed' } : { state: 'unclear' }
        if (answer.status === OPTED_OUT && word === 'disable') return { state: 'accepted' }
        return isUnknownDevice(error) ? { state: 'no_match' } : undefined
      }),
    }),
  }
}

const ERASE: NoticeCall<AdjustConnection> = {
  takes: TAKES,
  reversible: false,
  // Deleting a deleted device changes nothing.
  idempotent: true,
  certainty: 'A',
  doc: ERASURE_DOC,
  under: ({ app_token, origin }) => ({
    request: ({ identifier, app }) => {
      const device = deviceOf(identifier, app)
      if (device === undefined) return undefined
      return {
        method: 'POST',
        // Each region has its own host for this (adjust/ios_sdk, ADJUrlStrategy.m).
        origin: origin.replace('://s2s.', '://gdpr.'),
        // Documented only with parameters in the query.
        path: `/gdpr_forget_device?${queryOf({ s2s: 1, app_token, ...device })}`,
        headers: {},
        body: '',
      }
    },
    // 200: "received and processed".
    answer: noticeRule((answer: PartnerAnswer) => {
      if (isSuccess(answer)) return isPage(answer) ? { state: 'unclear' } : { state: 'confirmed' }
      if (answer.status === OPTED_OUT) return { state: 'accepted' }
      return isUnknownDevice(jsonOf(answer).error) ? { state: 'no_match' } : undefined
    }),
  }),
}

export const ADJUST_NOTICES: NoticeParts<AdjustConnection> = {
  calls: { opt_out: sharing('disable'), opt_in: sharing('enable'), erase: ERASE },
  otherwise: '',
}

function deviceOf({ class: of, kind, value, isPseudonym }: NoticeIdentifier, { platform }: AppFacts) {
  if (isPseudonym) return undefined
  if (of === 'partner_id') return { adid: value }
  if (of === 'vendor_id') return platform === 'android' ? undefined : { idfv: upperCaseUuid(value) }
  const known = kind === 'unknown' && platform !== undefined && isDeviceUuid(value) ? OF_PLATFORM[platform] : kind
  switch (known) {
    case 'idfa':
      return { idfa: upperCaseUuid(value) }
    case 'aaid':
      return { gps_adid: lowerCaseUuid(value) }
    case 'amazon':
      return { fire_adid: value }
    default:
      return undefined
  }
}
const OF_PLATFORM = { ios: 'idfa', android: 'aaid' } as const

/**
 * "Device is opted out" (help.adjust.com, S2S API reference; also a status of its GDPR API reference): Adjust ignores the
 * device already, so an earlier request is in force.
 */
const OPTED_OUT = 451

function isUnknownDevice(error: unknown): boolean {
  return typeof error === 'string' && /\bdevice not found\b/i.test(error)
}

/** A proxy's error page says nothing about Adjust. */
function isPage({ headers }: PartnerAnswer): boolean {
  return String(headers['content-type'] ?? '').startsWith('text/html')
}
