/** Branch's own names. */

/** Events of `/v2/event/standard`; every other name is a custom event. */
export const STANDARD_EVENTS: ReadonlySet<string> = new Set([
  ...['ADD_TO_CART', 'ADD_TO_WISHLIST', 'VIEW_CART', 'INITIATE_PURCHASE', 'ADD_PAYMENT_INFO', 'PURCHASE', 'RESERVE'],
  ...['SPEND_CREDITS', 'SUBSCRIBE', 'START_TRIAL', 'CLICK_AD', 'VIEW_AD', 'SEARCH', 'VIEW_ITEM', 'VIEW_ITEMS', 'RATE'],
  ...['SHARE', 'INITIATE_STREAM', 'COMPLETE_STREAM', 'COMPLETE_REGISTRATION', 'COMPLETE_TUTORIAL', 'ACHIEVE_LEVEL'],
  ...['UNLOCK_ACHIEVEMENT', 'INVITE', 'LOGIN', 'OPT_IN', 'OPT_OUT'],
])

/** Properties that belong in `event_data`; others go to `custom_data`, and `content_items[].…` to the list. */
export const EVENT_DATA = [
  'transaction_id',
  'currency',
  'revenue',
  'shipping',
  'tax',
  'coupon',
  'affiliation',
  'description',
  'search_query',
] as const
