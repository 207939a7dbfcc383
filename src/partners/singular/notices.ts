/**
 * Notices to Singular: deletion through its GDPR API, which is OpenGDPR 0.1.4 with a status call. There is no call for an
 * opt-out: it is set on the device, or as a flag of each event.
 */
import type { AppFacts } from '../../model/values.ts'
import type { NoticeIdentifier, NoticeParts } from '../kit/notices.ts'
import { type OpenDsrIdentity, openDsrErasure } from '../kit/opendsr.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { SingularConnection } from './connection.ts'

export const SINGULAR_NOTICES: NoticeParts<SingularConnection> = {
  calls: {
    erase: {
      takes: {
        advertising_id: ['idfa', 'aaid', 'unknown'],
        vendor_id: 'any',
        device_id: 'any',
        user_id: 'any',
      },
      reversible: false,
      // OpenGDPR: the controller creates the id once, for all attempts.
      idempotent: true,
      // Its page lists addresses, identities and types; its answers, and `property_id`, are from one working client.
      certainty: 'B',
      doc: 'Singular, GDPR API Reference (support.singular.net/hc/en-us/articles/360045674671, read November 2026) for addresses and identities [A]; a public client for property_id, the Authorization header and the body [B]; its answers as OpenGDPR has them [C]',
      under: ({ keyed_by, notices }) => {
        if (notices === undefined) return undefined
        return openDsrErasure({
          origin: notices.origin,
          path: '/api/gdpr/requests',
          // No scheme before the key.
          headers: { Authorization: secretPlaceholder('notices.key') },
          members: { property_id: notices.property_id },
          // A connection keyed by Singular's own device id, which the call does not accept, sent no other id of the device.
          identityOf: (identifier, app) =>
            keyed_by === 'sdid' && identifier.class !== 'user_id' ? undefined : identityOf(identifier, app),
        })
      },
    },
  },
  otherwise:
    'There is no call for an opt-out: Singular learns of it from the flags of later events and from its SDK on the device (`limitDataSharing`).',
}

/** `supported_identities` of its discovery endpoint: these five, raw. */
function identityOf(identifier: NoticeIdentifier, { platform }: AppFacts): OpenDsrIdentity | undefined {
  const type = typeOf(identifier, platform)
  return type === undefined
    ? undefined
    : { identity_type: type, identity_value: identifier.value, identity_format: 'raw' }
}

function typeOf(
  { class: of, kind, isPseudonym }: NoticeIdentifier,
  platform: AppFacts['platform'],
): string | undefined {
  if (of === 'user_id') return 'user_id'
  if (isPseudonym) return undefined
  if (of === 'device_id') return platform === 'ios' ? undefined : 'android_id'
  if (of === 'vendor_id') return platform === 'android' ? undefined : 'ios_vendor_id'
  if (kind === 'idfa' || (kind === 'unknown' && platform === 'ios')) return 'ios_advertising_id'
  return kind === 'aaid' || (kind === 'unknown' && platform === 'android') ? 'android_advertising_id' : undefined
}
