/**
 * Names under which SDKs send data that must never leave, even if a contract lists it: SIM and hardware ids, address books,
 * message content, media, face data, payment details. Matched against each part of a property's path, lower-cased, without
 * separators. The published policy excludes face data by name.
 */
const NEVER_NAMES = [
  /^(imei|imsi|iccid|meid|esn|simserial(number)?|serial(number)?|mac(address)?|wifimac|bluetoothmac|bssid|hardwareid)\d?$/,
  /^(contacts?|contactlist|addressbook|phonebook|friends?list)$/,
  /^(message(s|body|text|content)?|chat(text|content|log)?|transcript|sms(body|text)?)$/,
  /^(photos?|images?|video|audio|voice(message|note)?|media|attachments?|avatar(data)?)$/,
  /^(face(data|id|print|template|map|geometry|tracking|mesh)?|biometrics?|faceprint)$/,
  /^(card(number|holder)?|cc(number|num)?|creditcard(number)?|pan|cvv|cvc|iban|bic|accountnumber|sortcode|routingnumber)$/,
]

/** True if a property path (`a.b`, `list[].x`, `traits.y`) names such data. */
export function isNeverLeaving(path: string): boolean {
  return path
    .split(/[.[\]]+/)
    .map((part) => part.toLowerCase().replace(/[\s_-]/g, ''))
    .some((part) => NEVER_NAMES.some((name) => name.test(part)))
}
