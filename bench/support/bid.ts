/** The bid request of the relay's benchmark: some 1.3 KB from one of many phones, as an SDK's own looks. */
import { deviceOf } from './event.ts'

export function bidText(index: number): string {
  const { userId, androidId, advertisingId, ip, latitude, longitude } = deviceOf(index)
  const number = String(index).padStart(12, '0')
  return JSON.stringify({
    id: `7c41-4f0e-${number}`,
    tmax: 4_000,
    at: 1,
    cur: ['USD'],
    bcat: ['IAB25', 'IAB26'],
    imp: [
      {
        id: '1',
        banner: { w: 320, h: 50, api: [3, 5, 7], pos: 7 },
        tagid: 'home-bottom',
        displaymanager: 'PuzzleSDK',
        displaymanagerver: '8.31',
        secure: 1,
        bidfloor: 0.25,
        bidfloorcur: 'USD',
        ext: { tid: `imp-${number}`, prebid: { is_rewarded_inventory: 0 } },
      },
    ],
    app: {
      id: 'puzzle-1',
      name: 'Puzzle Quest',
      bundle: 'com.example.puzzle',
      storeurl: 'https://play.example/store/apps/com.example.puzzle',
      cat: ['IAB9'],
      ver: '8.31.1',
      publisher: { id: 'pub-42', name: 'Example Games' },
    },
    source: { tid: `auction-${number}`, fd: 1 },
    device: {
      ua: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Mobile',
      ip,
      geo: {
        lat: Number(latitude),
        lon: Number(longitude),
        type: 1,
        accuracy: 14,
        country: 'USA',
        region: 'CA',
        city: 'San Francisco',
        zip: '94103',
      },
      lmt: 0,
      ifa: advertisingId,
      dpidsha1: androidId.padEnd(40, '0'),
      os: 'Android',
      osv: '14',
      make: 'Google',
      model: 'Pixel 8',
      carrier: 'ExampleTel',
      connectiontype: 2,
      language: 'en',
      w: 1080,
      h: 2400,
      pxratio: 2.625,
    },
    user: {
      id: userId,
      buyeruid: `b-${number}`,
      keywords: 'puzzles,words',
      data: [{ id: 'dmp', segment: [{ id: 'puzzle-fan' }] }],
      eids: [{ source: 'id.example', uids: [{ id: `e-${number}`, atype: 1 }] }],
    },
    regs: { coppa: 0, ext: {} },
    ext: { session: 14, sdk: { build: 8_311 } },
  })
}
