/** Reddit's own names. */

/** Standard events by their name in v3 → in v2.0. A contract may use either; any other name is a custom event. */
const STANDARD: Readonly<Record<string, string>> = {
  PAGE_VISIT: 'PageVisit',
  VIEW_CONTENT: 'ViewContent',
  SEARCH: 'Search',
  ADD_TO_CART: 'AddToCart',
  ADD_TO_WISHLIST: 'AddToWishlist',
  PURCHASE: 'Purchase',
  LEAD: 'Lead',
  SIGN_UP: 'SignUp',
}
const CUSTOM: Readonly<Record<Version, string>> = { v3: 'CUSTOM', 'v2.0': 'Custom' }
export type Version = 'v3' | 'v2.0'

/** The event's type, as a version spells it. */
export function eventTypeOf(
  event: string,
  version: Version,
): { readonly tracking_type: string; readonly custom_event_name?: string } {
  for (const [newer, older] of Object.entries(STANDARD))
    if (event === newer || event === older) return { tracking_type: version === 'v3' ? newer : older }
  return { tracking_type: CUSTOM[version], custom_event_name: event }
}
