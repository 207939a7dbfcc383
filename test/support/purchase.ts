/** An event for tests. */

let serial = 0
/** A purchase on an iPhone in the US whose owner allows tracking; every event has its own messageId. */
export function purchase(part: object = {}, context: object = {}): Record<string, unknown> {
  serial++
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: `m-${process.pid}-${serial}`,
    userId: `user-${serial}`,
    timestamp: new Date().toISOString(),
    properties: { revenue: 6.5 },
    context: {
      device: {
        type: 'ios',
        advertisingId: `6D92078A-8246-4BA4-AE5B-${String(serial).padStart(12, '0')}`,
        adTrackingEnabled: true,
        attTrackingStatus: 3,
      },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US' },
      ip: '203.0.113.77',
      ...context,
    },
    ...part,
  }
}
