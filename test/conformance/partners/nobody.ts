/** Words and values that are in no event of anyone: what of an event is in a request came from the event. */
import type { PartnerId } from '../../../src/model/brand.ts'
import type { AcceptedEvent } from '../../../src/model/event.ts'
import type { FieldValues } from '../../../src/model/values.ts'
import { FORMS, type Form } from './states.ts'

/** The contract's word for every event, unlike anything in an event. */
export const WORD = 'zq_conformance'
export const BUNDLE = 'com.example.zqconformance'

/** Values that are in no event, for types that take none without. */
const NOBODY: FieldValues = {
  message_id: 'zq-message',
  time: '2001-02-03T04:05:06.789Z',
  ip: '192.0.2.77',
  user_agent: 'zq-agent',
  user_id: 'zq-user-00001',
  device_id: 'zq-device-00001',
  advertising_id: { id: 'zq-advertising-00001', kind: 'unknown' },
  partner_id: {
    appsflyer_id: 'zq-00001',
    kochava_device_id: 'zq-00002',
    adid: 'zq-00003',
    singular_device_id: 'zq-00004',
  },
}

/** An event of the same kind and name that is about nobody. */
export function nobodyLike(event: AcceptedEvent): AcceptedEvent {
  return { ...event, fields: NOBODY, tainted: [], signals: {} }
}

/** The contract of a type and a form. */
export function partnerOf(type: string, form: Form): PartnerId {
  return `${type}-${FORMS.indexOf(form)}` as PartnerId
}
