/**
 * In-app events from AppsFlyer's SDKs and forwarders. A restriction sets `sharing_filter` to share with nobody and `att` or `aie`
 * to "limited": leaving ids out is not enough, because AppsFlyer restores them.
 */
import type { RelayMap } from '../../model/relay-map.ts'
import { hashedDigits, hashedEmail, hashedName, hashedPlusDigits } from '../kit/hashes.ts'
import { asLimit, asOptOutWord, attStatus, enforced, ifReceived } from '../kit/relay-flags.ts'
import { consent, jsonText, NOTHING, object, ours, plain, plains, value, values } from '../kit/relay-map.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { type AppsFlyerConnection, platformOf } from './connection.ts'

export function appsFlyerMap(connection: AppsFlyerConnection): RelayMap {
  const { app_id, origin } = connection
  const isIos = platformOf(connection) === 'ios'
  return {
    origin,
    routes: [
      {
        method: 'POST',
        path: '/inappevent/{app_id}',
        to: `/inappevent/${app_id}`,
        body: 'json',
        query: NOTHING,
        headers: object({ authentication: ours(secretPlaceholder('key')) }),
        content: object({
          appsflyer_id: value('partner_id'),
          ...values('advertising_id', 'idfa advertising_id oaid amazon_aid'),
          idfv: value('vendor_id'),
          app_set_id: object({ id: value('vendor_id'), scope: plain('number') }),
          customer_user_id: value('user_id', { pseudonym: true }),
          fb_login_id: value('partner_id'),
          imei: value('hardware_id'),
          ip: value('ip', { ip: 4 }),
          ua: value('user_agent', { reduce: 'agent' }),
          os: value('os', { reduce: 'os_version', signal: 'os_version' }),
          email_hashed: value('email', { hash: hashedEmail }),
          phone_number_hashed: value('phone', { hash: hashedDigits }),
          phone_number_e164_hashed: value('phone', { hash: hashedPlusDigits }),
          ...values('name', 'first_name_hashed last_name_hashed', { hash: hashedName }),
          eventName: plain('word'),
          eventTime: value('time', { time: 'date_time' }),
          eventValue: jsonText(NOTHING, ''),
          ...plains('word', 'app_version_name bundleIdentifier app_store'),
          sharing_filter: enforced(
            connection.sharing_filter === 'array' ? ['all'] : 'all',
            'us_privacy',
            asOptOutWord('all'),
          ),
          att: attStatus(isIos),
          aie: enforced(false, 'lmt', asLimit),
          consent_data: object({
            tcf: object({
              ...plains('number', 'policy_version cmp_sdk_id cmp_sdk_version'),
              gdpr_applies: consent('gdpr_applies'),
              tcstring: consent('tcf'),
            }),
            manual: object({
              gdpr_applies: consent('gdpr_applies'),
              ad_user_data_enabled: ifReceived(false),
              ad_personalization_enabled: ifReceived(false),
            }),
          }),
        }),
      },
    ],
    withheld: { status: 200, type: 'text/plain', body: 'ok' },
  }
}
