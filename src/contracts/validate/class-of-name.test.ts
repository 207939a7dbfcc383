import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { threadMs } from '../../../test/support/cpu-time.ts'
import type { FieldClass } from '../../model/field-class.ts'
import { classOfPath, classReadInto } from './class-of-name.ts'

const READS: Readonly<Partial<Record<FieldClass, string>>> = {
  email:
    'customer_email userEmail contact-email e-mail billing.email emailSha256 email_hash EMAIL_MD5 contact.email.value email1 primary_email useremail customerEMail user_mail emails[]',
  phone:
    'contact_phone contactPhone phone.number phone_mobile user_mobile phoneNumberHash shipping.phone mobile_number customertelephone',
  coordinates: 'gps_lat gpsLat GPSLng geo.lat position.longitude user_latitude lat_e7 location.lat_lng start_lon',
  user_id: 'uid customer_id memberId user.uid userName crm_id',
  ip: 'user_ip remoteIp ip_v4 IPv6 x_forwarded_for clientIPAddress',
  name: 'user_first_name billingLastName customer_name recipient.name contact.fullName',
  address: 'shipping_address billing.street home_address customer_address',
  birth_date: 'user_dob userBirthDate date-of-birth',
  place: 'shipping_zip billing.postal_code deliveryPostcode',
  advertising_id: 'device_idfa gps_adid googleAdId rdid.maid',
  gender: 'user_gender customerSex',
  device_id: 'my_device_id deviceUUID',
  push_token: 'user.fcm_token',
  click_id: 'last_gclid google.click_id',
  user_agent: 'browser_user_agent',
}

/**
 * Names with another meaning: Segment's ecommerce, mobile, video and B2B specs; Google Analytics 4's event parameters
 * (firebase.google.com/docs/reference/js/analytics.eventparams); Snowplow's ecommerce schema; our own look-alikes.
 */
const SILENT = `
platform latency_ms template pipeline fluid_ounces ship_method
checkout_id order_id affiliation total subtotal revenue shipping tax discount coupon currency products products[].product_id
products[].sku products[].category products[].name products[].brand products[].variant products[].price products[].quantity
products[].position image_url list_id filters sorts shipping_method payment_method share_via recipient review_body review_id
rating wishlist_id wishlist_name cart_id promotion_id creative step step_name coupon_id coupon_name reason query value
from_background referring_application build version previous_version previous_build url_scheme link_url campaign.name
campaign.source campaign.medium campaign.content session_id content_asset_id content_pod_id ad_asset_id video_player
position total_length bitrate framerate quality sound full_screen ad_enabled livestream group_id role plan employees industry
checkout_option checkout_step content_type description event_category event_label fatal firebase_screen firebase_screen_class
item_id item_list_id item_list_name items item_brand item_category item_variant method page_location page_path page_title
payment_type promotion_name promotions screen_name search_term shipping_tier transaction_id virtual_currency_name level
level_name score character achievement_id ad_format ad_platform ad_source ad_unit_name creative_slot creative_name location_id
flight_number number_of_nights number_of_passengers number_of_rooms origin destination start_date end_date success
step_number delivery_provider delivery_method coupon_code payment_provider account_type billing_option marketing_opt_in
list_price stock_status size weight locale_code is_new inventory_status credit_type transaction_currency
email_campaign email_subject email_opened has_email is_mobile email_verified send_email marketing_email number_of_emails
phone_model phone_brand mobile_app mobile_network mobile_os device_type smartphone headphone_type microphone
store_lat store_zip shop_phone support_email product_gender brand_name company_name file_name event_name
ip_rating vip tip trip ship zipper relationship membership latest flat plateau translation plan_name template_name
platitude longing millennial male_fit address_type address_count name_length mailing_list email_template
membership_id order_number account_number currency_code step_lat_ms address_line_count id_type user_role user_count
user_score user_plan client_version customer_segment customer_since contact_count guest_checkout owner_type player_level
guild_id match_id game_mode boss_name weapon skin_id gem_count chat_duration sticker_pack_id reaction call_duration
`

describe('names that read like a field class', () => {
  for (const [fieldClass, names] of Object.entries(READS)) {
    for (const name of names.split(' '))
      test(`${name}: ${fieldClass}`, () => equal(classReadInto(name) ?? classOfPath(name), fieldClass))
  }

  test('and no name of public tracking plans that says something else', () => {
    const alarms = SILENT.trim()
      .split(/\s+/)
      .flatMap((name) => {
        const found = classReadInto(name) ?? classOfPath(name)
        return found === undefined ? [] : [`${name}: ${found}`]
      })
    deepEqual(alarms, [])
  })

  test('a name as long as a path may be is read at once', () => {
    const took = threadMs(() => {
      for (let turn = 0; turn < 100; turn++) {
        classReadInto('aB'.repeat(100))
        classReadInto('A'.repeat(200))
        classReadInto('_'.repeat(200))
      }
    })
    equal(took < 500, true, `${took} ms`)
  })
})
