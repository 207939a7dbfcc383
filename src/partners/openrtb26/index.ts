/** OpenRTB bid requests, in the format of 2.6 or of 2.5. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { OPENRTB_CONNECTION } from './connection.ts'
import { createOpenRtbEncoder } from './encode.ts'
import { OPENRTB_NOTICES } from './notices.ts'
import { openRtbMap } from './redact.ts'
import { respond } from './respond.ts'

/** The key of RFC 7515 appendix A.3, from the framework's own example. */
const SAMPLE_FILE = {
  domain: 'bidder.example',
  endpoint: 'https://www.bidder.example/api/delete/',
  identifiers: { idfa: 'plaintext', aaid: 'plaintext', ifv: 'plaintext', ppuid: 'sha256' },
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
}

export const openrtb26 = definePartnerType({
  type: 'openrtb26',
  doc: "IAB Tech Lab's OpenRTB 2.6 (InteractiveAdvertisingBureau/openrtb2.x, 2.6.md, 1debba80) [A]; device.ext.ifv and atts, regs.ext.gpc, the 2.5 places and what bidders ask of headers [C] (November 2026)",
  // No `idempotent`: each request is an auction.
  connection: OPENRTB_CONNECTION,
  sample: {
    connection: {
      url: 'https://bidder.example/bid',
      imp: [{ id: '1', banner: { w: 320, h: 50 } }],
      eids: { uid2: 'uidapi.com', id5: 'id5-sync.com' },
      headers: { 'X-Api-Key': { env: 'KEY' } },
      dsrdelete: SAMPLE_FILE,
    },
    view: { message_id: 'm-1' },
  },
  abilities: passes(
    'advertising_id vendor_id user_id partner_id message_id ip coordinates place birth_date gender user_agent device os locale carrier network property',
  ),
  secrets: ['headers.*'],
  // The auction is over.
  attempts: 1,
  maxBytes: 64_000,
  encode: createOpenRtbEncoder,
  respond,
  map: openRtbMap,
  notices: OPENRTB_NOTICES,
})
