/** A GET to the partner's postback URL with macros from the view, for networks with no other interface. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { PIXEL_CONNECTION } from './connection.ts'
import { createPixelEncoder } from './encode.ts'
import { respond } from './respond.ts'

export const pixel = definePartnerType({
  type: 'pixel',
  doc: 'Macro names as read in postback pages of TUNE, Trackier, MyTracker and PivotString [B]; the others are general knowledge [C] (November 2026)',
  connection: PIXEL_CONNECTION,
  sample: {
    connection: {
      url: 'https://partner.example/{p1}/pb?key={secret:token}&a={idfa}&b={gaid}&c={device_id}&d={idfa_md5}&e={android_id}&f={idfv}&g={ip}&h={user_agent}&i={country}&j={region}&k={city}&l={postal_code}&m={latitude}&n={longitude}&o={device_model}&p={device_brand}&q={os}&r={os_version}&s={language}&t={carrier}&u={click_id}&v={gclid}&w={transaction_id}&x={user_id}&y={timestamp}&z={sub1}&aa={adid}&ab={is_lat}&ac={event}&ad={id_type}',
      adid: 'adjust_id',
      secrets: { token: { env: 'KEY' } },
    },
    view: {},
  },
  abilities: passes(
    'advertising_id vendor_id device_id user_id partner_id click_id message_id ip coordinates place user_agent device os locale carrier network time property',
  ),
  secrets: ['secrets.*'],
  /** Longer URLs are cut or rejected on the way. */
  maxBytes: 8_000,
  encode: createPixelEncoder,
  respond,
  notices: {
    calls: {},
    otherwise:
      'A postback reports an event and nothing else. The network learns of an opt-out from the privacy macros of later postbacks, or from their absence; request a deletion as the network’s own page describes, or from the contract’s `contact`.',
  },
})
