import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { coarseCoordinates, finestLevelFor } from './coarse-coordinates.ts'
import { coarseTime } from './coarse-time.ts'
import { maskIp } from './mask-ip.ts'
import { originOf } from './origin.ts'
import { reduceDevice, reduceLocale, reduceNetwork, reduceOs, reduceTimezone, reduceUserAgent } from './reduce.ts'

describe('addresses', () => {
  const rows: [string, number, number, string | undefined][] = [
    ['203.0.113.77', 24, 48, '203.0.113.0'],
    ['203.0.113.77', 20, 48, '203.0.112.0'],
    ['203.0.113.77', 32, 128, '203.0.113.77'],
    ['203.0.113.77', 0, 48, undefined],
    ['2001:db8:1:2:3:4:5:6', 24, 48, '2001:db8:1::'],
    ['2001:db8:1:2:3:4:5:6', 24, 56, '2001:db8:1::'],
    ['2001:db8:1:2ff:3:4:5:6', 24, 56, '2001:db8:1:200::'],
    ['2001:db8::1', 24, 0, undefined],
    ['::ffff:203.0.113.77', 24, 128, '203.0.113.0'],
    ['fe80::1%eth0', 24, 64, 'fe80::'],
    ['0x7f.1', 32, 128, undefined],
    ['010.0.0.1', 32, 128, undefined],
    ['3232235777', 32, 128, undefined],
    ['', 32, 128, undefined],
  ]
  for (const [text, v4, v6, expected] of rows) {
    test(`${text} keeps ${v4}/${v6} bits: ${expected}`, () => {
      equal(maskIp(text, v4, v6), expected)
    })
  }

  test('masking again changes nothing, and masking twice is masking with fewer bits', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }), (ip, a, b) => {
        const once = maskIp(ip, a, 128)!
        equal(maskIp(once, a, 128), once)
        equal(maskIp(once, b, 128), maskIp(ip, Math.min(a, b), 128))
      }),
    )
  })
})

describe('coordinates', () => {
  const position = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  })

  test('a cell’s centre lies in that cell, so treating twice changes nothing', () => {
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 4 }), (where, level) => {
        const once = coarseCoordinates(where, level)!
        deepEqual(coarseCoordinates(once, level), once)
      }),
    )
  })

  test('grids nest: coarsening a finer cell gives the coarse cell', () => {
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (where, a, b) => {
        deepEqual(
          coarseCoordinates(coarseCoordinates(where, Math.max(a, b))!, Math.min(a, b)),
          coarseCoordinates(where, Math.min(a, b)),
        )
      }),
    )
  })

  test('every cell is at least as large as its name says: counted over the globe', () => {
    // 450 × 226 cells on 510,065,622 km² are 5,015 km² each, and every finer grid cuts them by ten.
    for (const [level, km2] of [
      [1, 5_000],
      [2, 500],
      [3, 50],
      [4, 5],
    ] as const) {
      const cells = 450 * 226 * 10 ** (level - 1)
      ok(510_065_622 / cells >= km2)
      equal(finestLevelFor(km2), level)
    }
    equal(finestLevelFor(1), 4)
    equal(finestLevelFor(6_000), 0)
  })

  for (const [latitude, longitude] of [
    [-85.34321, 12.5],
    [-0.004, -0.004],
    [51.5, 179.999],
    [0, -180],
    [-0, -0],
    [90, 180],
    [-90, -180],
  ] as const) {
    test(`${latitude}, ${longitude} becomes a position, never -0`, () => {
      const coarse = coarseCoordinates({ latitude, longitude }, 2)!
      ok(Math.abs(coarse.latitude) <= 90 && Math.abs(coarse.longitude) <= 180)
      ok(!Object.is(coarse.latitude, -0) && !Object.is(coarse.longitude, -0))
      ok(Math.abs(coarse.longitude - longitude) < 0.2)
    })
  }

  test('what is no position becomes nothing', () => {
    equal(coarseCoordinates({ latitude: 91, longitude: 0 }, 1), undefined)
    equal(coarseCoordinates({ latitude: Number.NaN, longitude: 0 }, 1), undefined)
  })
})

describe('reduced forms', () => {
  const rows: [string, unknown, unknown][] = [
    [
      'a user agent to its platform',
      reduceUserAgent('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148'),
      'Mozilla/5.0 (iPhone)',
    ],
    [
      'an app agent to its platform',
      reduceUserAgent('Messenger/910 CFNetwork/1568 Darwin/24.2.0'),
      'Mozilla/5.0 (iPhone)',
    ],
    ['an unknown agent to Other', reduceUserAgent('curl/8'), 'Mozilla/5.0 (Other)'],
    [
      'a device to a large maker',
      reduceDevice({ manufacturer: 'samsung', model: 'SM-S921B' }),
      { manufacturer: 'Samsung' },
    ],
    ['a rare maker to Other', reduceDevice({ manufacturer: 'Fairphone', model: 'FP5' }), { manufacturer: 'Other' }],
    ['a system to its major version', reduceOs({ name: 'iOS', version: '17.5.1' }), { name: 'iOS', version: '17' }],
    ['a locale to its language', reduceLocale('de-AT'), 'de'],
    ['a time zone to its area', reduceTimezone('Europe/Vienna'), 'Europe'],
    ['a network to its kind', reduceNetwork({ wifi: true, cellular: true, bluetooth: true }), { wifi: true }],
    ['a time to its hour', coarseTime('2026-01-02T03:04:05.678Z', 2), '2026-01-02T03:00:00.000Z'],
    ['a time to its day', coarseTime('2026-01-02T03:04:05.678Z', 1), '2026-01-02T00:00:00.000Z'],
    ['a text that is no time to nothing', coarseTime('yesterday', 3), undefined],
    [
      'a link to its origin',
      originOf('https://user:pw@shop.example:8443/cart?email=a%40b.example#x'),
      'https://shop.example:8443',
    ],
    ['a script to nothing', originOf('javascript:alert(1)'), undefined],
  ]
  for (const [what, actual, expected] of rows) {
    test(what, () => {
      deepEqual(actual, expected)
    })
  }

  test('reducing twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        equal(reduceUserAgent(reduceUserAgent(text)), reduceUserAgent(text))
        deepEqual(reduceDevice(reduceDevice({ manufacturer: text })!), reduceDevice({ manufacturer: text }))
        const locale = reduceLocale(text)
        if (locale !== undefined) equal(reduceLocale(locale), locale)
        const os = reduceOs({ name: text, version: text })
        if (os !== undefined) deepEqual(reduceOs(os), os)
      }),
    )
  })
})
