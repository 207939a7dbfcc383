import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { percentEncode } from '../kit/percent.ts'
import { macroNames } from './macros.ts'
import { nearestName } from './nearest.ts'
import { parseTemplate } from './template.ts'

/** Names in use by kind, as the page on pixels lists them (docs/partners/pixel.md). */
const LISTED =
  'idfa mt_idfa iosidfa ios_ifa gaid mt_gaid google_aid gps_adid aifa advertising_id adid device_id deviceid mt_idfa_or_gaid maid ifa advertising_identifier_plain idfa_md5 idfa_sha1 gaid_md5 android_id_md5 oaid android_id androidid mt_idfv idfv asid imei windows_aid id_type advertising_id_type ip source_ip install_ip click_ip device_ip ip_address deviceip user_agent click_user_agent ua useragent deviceua geo country region city country_code postal_code latitude longitude latlong device_model device_brand os os_version platform language device_language carrier connection_type click_id clickid aff_click_id transaction_id user_id customer_user_id p1 p2 p3 p4 p5 sub1 timestamp click_time install_time install_time_unix revenue currency cost cost_currency cachebuster cachebusting app_name app_version bundle_id sdk_version lat limit_ad_tracking tracking_enabled is_lat dnt att_status limitadtracking regulations gdprconsent advertising_identifier_is_lat gdpr gdpr_consent_755 us_privacy gpp_string_755 gpp_sid'.split(
    ' ',
  )

describe('pixel: macros', () => {
  const choices = { lat: 'latitude', adid: 'advertising_id', secrets: [] }
  for (const name of LISTED) {
    test(`{${name}} is known, in either case`, () => {
      for (const text of [`{${name}}`, `[${name.toUpperCase()}]`])
        equal(parseTemplate(`https://p.example/?x=${text}`, choices).ok, true)
    })
  }

  test('no name stands for two things', () => {
    const names = macroNames()
    deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    )
  })

  test('a privacy macro is told from others', () => {
    const tells = (text: string, lat: string): boolean | undefined => {
      const parsed = parseTemplate(`https://p.example/?x=${text}`, { lat, secrets: [] })
      return parsed.ok ? parsed.template.signalsRestriction : undefined
    }
    equal(tells('{dnt}', 'latitude'), true)
    equal(tells('{lat}', 'latitude'), false)
    equal(tells('{lat}', 'limit_ad_tracking'), true)
    equal(tells('[REGULATIONS]', 'latitude'), false)
  })

  test('the nearest name is a slip away', () => {
    equal(nearestName('Contry', macroNames()), 'country')
    equal(nearestName('limit_ad_traking', macroNames()), 'limit_ad_tracking')
    equal(nearestName('zzzzzzzzzz', macroNames()), undefined)
  })

  test('percent-encoding leaves RFC 3986’s unreserved characters and no others', () => {
    equal(percentEncode('AZaz09-._~'), 'AZaz09-._~')
    equal(
      percentEncode(' !"#$%&\'()*+,/:;<=>?@[\\]^`{|}'),
      '%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D',
    )
    equal(percentEncode('ü€😀'), '%C3%BC%E2%82%AC%F0%9F%98%80')
    equal(percentEncode('...'), '%2E%2E%2E')
    equal(percentEncode(''), '')
  })
})
